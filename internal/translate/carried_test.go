// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package translate_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
	"github.com/agentvisits/agentvisitsexporter/internal/dev/translation"
	"github.com/agentvisits/agentvisitsexporter/internal/translate"
	"github.com/agentvisits/agentvisitsexporter/internal/visit"
)

// carriedForms are lines whose columns have names or labels.
var carriedForms = map[string]string{
	"IIS":   `2026-05-04 09:15:02 10.0.0.7 GET /a b=c 443 - 203.0.113.9 curl/8.9.1 - 200 0 0 38`,
	"LTSV":  "time:[04/May/2026:09:15:02 +0000]\thost:203.0.113.9\treq:GET /a?b=c HTTP/1.1\tstatus:200\tua:curl/8.9.1",
	"TSKV":  "tskv\ttimestamp=2026-05-04T09:15:02\ttimezone=+0000\tstatus=200\tmethod=GET\trequest=/a?b=c\tip=203.0.113.9\tuser_agent=curl/8.9.1",
	"Squid": `1777886102.158     38 203.0.113.9 TCP_MISS/200 512 GET http://www.example.com/a?b=c - FIRSTUP_PARENT/10.0.0.9 text/html`,
}

// columnCarriers are what carries lines on.
var columnCarriers = []string{
	`<134>May  4 09:15:02 web1 app[7]: `, `<134>1 2026-05-04T09:15:02Z web1 app 7 - - `, `<134>1 2026-05-04T09:15:02Z web1 app 7 - [a b="{c} d=e"] `,
	`May  4 09:15:02 web1 app: `, `2026-05-04T09:15:02.158Z 192.0.2.5 app[12]: `, `web-1  | `, `web-1  | 2026-05-04T09:15:02.120Z stdout F `,
}

func TestColumnsAndLabelsAreReadBehindACarrier(t *testing.T) {
	for form, line := range carriedForms {
		want, skip := translateText(line)
		require.Equal(t, visit.NotSkipped, skip, form)
		for _, carrier := range columnCarriers {
			got, skip := translateText(carrier + line)
			assert.Equal(t, visit.NotSkipped, skip, "%s: %s", form, carrier)
			assert.Equal(t, want, got, "%s: %s", form, carrier)
			for _, before := range []string{"Expected: ", "sent ", "2026-05-04T09:15:02.120Z stdout P "} {
				_, skip = translateText(carrier + before + line)
				assert.Equal(t, visit.SkipNotAccessLog, skip, "%s: %s", form, carrier+before)
			}
		}
	}
}

func TestLabelsAreReadBehindALogger(t *testing.T) {
	want, _ := translateText(carriedForms["LTSV"])
	for _, prefix := range []string{
		"2026-05-04T09:15:02.120Z ", "2026-05-04T09:15:02.120Z INFO access: ", "[2026-05-04 09:15:02] [INFO] ", "client-1  | 2026-05-04T09:15:02Z INFO ",
		"2026-05-04T09:15:02.120Z  INFO 7 --- [main] org.example.Log : ", "2026-05-04T09:15:02.120Z [axios] ",
	} {
		got, skip := translateText(prefix + carriedForms["LTSV"])
		require.Equal(t, visit.NotSkipped, skip, prefix)
		assert.Equal(t, want, got, prefix)
	}
	for _, prefix := range []string{"2026-05-04T09:15:02.120Z INFO axios: ", "2026-05-04T09:15:02.120Z Expected: "} {
		_, skip := translateText(prefix + "time:[04/May/2026:09:15:02 +0000]\treq:GET /a?b=c HTTP/1.1\tstatus:200")
		assert.Equal(t, visit.SkipNotAccessLog, skip, prefix)
	}
}

// linesOf are records that name no file.
func linesOf(lines ...string) plog.Logs {
	ld := plog.NewLogs()
	records := ld.ResourceLogs().AppendEmpty().ScopeLogs().AppendEmpty().LogRecords()
	for _, line := range lines {
		records.AppendEmpty().Body().SetStr(line)
	}
	return ld
}

// TestAHeaderBehindACarrierIsOfItsMachineAndProgram: others may write other columns.
func TestAHeaderBehindACarrierIsOfItsMachineAndProgram(t *testing.T) {
	const fields, line = `#Fields: date time cs-method cs-uri-stem c-ip cs(X-Site) cs-host sc-status`, `2026-05-04 09:15:03 GET /a 203.0.113.9 x www.example.com 200`
	for _, c := range []struct {
		first, second string
		visits        int
	}{
		{`<134>May  4 09:15:02 web1 IIS[7]: `, `<134>May  4 09:15:03 web1 IIS[8]: `, 1},
		{`<134>1 2026-05-04T09:15:02Z web1 IIS 7 - - `, `<134>1 2026-05-04T09:15:03Z web1 IIS 8 - - `, 1},
		{`web-1  | `, `web-1  | `, 1},
		{`<134>May  4 09:15:02 web1 IIS: `, `<134>May  4 09:15:03 web2 IIS: `, 0},
		{`<134>May  4 09:15:02 web1 IIS: `, `<134>May  4 09:15:03 web1 app: `, 0},
		{`web-1  | `, `web-2  | `, 0},
		{`web-1  | `, ``, 0},
	} {
		tr := translation.Logs(translate.Config{}, fixture.Arrival, linesOf(c.first+fields, c.second+line))
		require.Len(t, tr.Visits, c.visits, c)
		for _, v := range tr.Visits {
			assert.Equal(t, []string{"/a", "www.example.com", "203.0.113.9"}, []string{v.Path, v.Host, v.ClientIP})
		}
	}
	undated := strings.Replace(fields, "date time ", "", 1)
	tr := translation.Logs(translate.Config{}, fixture.Arrival, linesOf(columnCarriers[0]+undated, columnCarriers[0]+line[len("2026-05-04 09:15:03 "):]))
	assert.Empty(t, tr.Visits, "a text of a program could be a header")
}
