// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package translate_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
	"github.com/agentvisits/agentvisitsexporter/internal/dev/translation"
	"github.com/agentvisits/agentvisitsexporter/internal/translate"
	"github.com/agentvisits/agentvisitsexporter/internal/value"
	"github.com/agentvisits/agentvisitsexporter/internal/visit"
)

func TestMarksOfAbsenceAreNoValues(t *testing.T) {
	for _, mark := range []string{"", "-", "null", "(null)", "<nil>", "unknown", "REDACTED", "Redacted", "[REDACTED]"} {
		v, _ := translation.One(translate.Config{}, map[string]any{"user_agent.original": mark, "http.user_agent": "second-best"})
		assert.Equal(t, "second-best", v.UserAgent, mark)
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
		v, _ := translation.One(translate.Config{}, attributes)
		assert.Equal(t, want, v.Host)
	}
}

// TestTimeWithAFractionOfZeroIsExact: nginx writes milliseconds also where they
// are none.
func TestTimeWithAFractionOfZeroIsExact(t *testing.T) {
	record := fixture.NginxRecord()
	record.Attributes().PutStr("msec", "1777886102.000")
	record.Attributes().PutStr("request_time", "0.260")
	tr := translate.NewTranslator(translate.NewRules(translate.Config{}, visit.FieldSet{}), time.UTC)
	tr.Begin(fixture.Arrival)
	v, skip := tr.LogRecord(record)
	assert.Equal(t, visit.NotSkipped, skip)
	assert.Equal(t, int64(1777886101_740_000_000), v.Start)
}

func TestTimeInWholeSecondsIsTakenBackByWholeSeconds(t *testing.T) {
	f := translate.facts{}
	f.set(visit.EndTime, 1, value.InSeconds, fixture.Truth.Start.Truncate(time.Second).UnixNano())
	start := f.resolveStart(plog.NewLogRecord(), 2900*time.Millisecond)
	assert.Equal(t, fixture.Truth.Start.Truncate(time.Second).Add(-2*time.Second).UnixNano(), start)
}
