// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"go.opentelemetry.io/collector/pdata/plog"
)

func TestMarksOfAbsenceAreNoValues(t *testing.T) {
	for _, mark := range []string{"", "-", "null", "(null)", "<nil>", "unknown", "REDACTED", "Redacted", "[REDACTED]"} {
		v, _ := translateOne(VisitsConfig{}, map[string]any{"user_agent.original": mark, "http.user_agent": "second-best"})
		assert.Equal(t, "second-best", v.userAgent, mark)
	}
}

func TestHostOfTheServersOwnNetworkComesLast(t *testing.T) {
	for want, attributes := range map[string]map[string]any{
		"www.example.com":       {"server.address": "10.1.0.4:8000", "http.server_name": "www.example.com"},
		"10.1.0.4:8000":         {"server.address": "10.1.0.4:8000"},
		"shop.example.com":      {"server.address": "localhost", "http.request.header.host": "Shop.Example.COM:443"},
		"shop.example.com:8443": {"http.request.header.host": []any{"shop.example.com:8443"}},
		"[2001:db8::1]:8080":    {"server.address": "", "http.host": "[2001:db8::1]:8080"},
		"a.example.com":         {"http.request.header.x-forwarded-host": "a.example.com, b.example.com"},
		"b.example.com":         {"http.request.header.forwarded": `for=203.0.113.9;host="b.example.com";proto=https`},
		"c.example.com":         {"server.address": "_", "net.host.name": "c.example.com"},
		"":                      {"server.address": "~^www"},
	} {
		v, _ := translateOne(VisitsConfig{}, attributes)
		assert.Equal(t, want, v.host)
	}
}

// TestTimeWithAFractionOfZeroIsExact: nginx writes milliseconds also where they
// are none.
func TestTimeWithAFractionOfZeroIsExact(t *testing.T) {
	record := nginxRecord()
	record.Attributes().PutStr("msec", "1777886102.000")
	record.Attributes().PutStr("request_time", "0.260")
	tr := newTranslator(newRules(VisitsConfig{}, fieldSet{}), time.UTC)
	tr.begin(arrival)
	v, skip := tr.logRecord(record)
	assert.Equal(t, notSkipped, skip)
	assert.Equal(t, int64(1777886101_740_000_000), v.start)
}

func TestTimeInWholeSecondsIsTakenBackByWholeSeconds(t *testing.T) {
	f := facts{}
	f.set(endTime, 1, inSeconds, truth.start.Truncate(time.Second).UnixNano())
	start := f.resolveStart(plog.NewLogRecord(), 2900*time.Millisecond)
	assert.Equal(t, truth.start.Truncate(time.Second).Add(-2*time.Second).UnixNano(), start)
}
