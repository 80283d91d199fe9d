// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package translate_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
	"github.com/agentvisits/agentvisitsexporter/internal/dev/translation"
	"github.com/agentvisits/agentvisitsexporter/internal/translate"
)

// visitsOf are the visits in a record whose body is the text.
func visitsOf(text string) []fixture.Observed {
	ld := plog.NewLogs()
	ld.ResourceLogs().AppendEmpty().ScopeLogs().AppendEmpty().LogRecords().AppendEmpty().Body().SetStr(text)
	return translation.Logs(translate.Config{}, fixture.Arrival, ld).Visits
}

// TestThePageOfAccessLogsSaysHowTimesAndDurationsAreRead tries each row of its table.
func TestThePageOfAccessLogsSaysHowTimesAndDurationsAreRead(t *testing.T) {
	tried := 0
	for _, row := range fixture.TableRows(fixture.Section(t, fixture.ReadFile(t, "docs/access-logs.md"), "## What a log should hold")) {
		member := strings.Trim(row[0], "`")
		if !strings.HasPrefix(member, `"`) {
			continue
		}
		tried++
		t.Run(member, func(t *testing.T) {
			visits := visitsOf(`{"method":"GET","host":"www.example.com","path":"/a","status":200,"user_agent":"ExampleBot/1.0",` + member + `}`)
			require.Len(t, visits, 1)
			if strings.Contains(member, "time\":") && !strings.Contains(member, "request_time") {
				assert.Equal(t, row[1], visits[0].Start.UTC().Format("2006-01-02T15:04:05.000Z"))
				return
			}
			assert.Equal(t, row[1], visits[0].Duration.Round(time.Microsecond).String())
		})
	}
	assert.Greater(t, tried, 12)
}

func TestARecordHoldsOneRequest(t *testing.T) {
	line := func(path string) string {
		return `203.0.113.9 - - [04/May/2026:09:15:02 +0000] "GET ` + path + ` HTTP/1.1" 200 12 "-" "ExampleBot/1.0"`
	}
	object := func(path string) string {
		return fmt.Sprintf(`{"request_method":"GET","host":"www.example.com","request_uri":%q,"status":"200","http_user_agent":"ExampleBot/1.0"}`, path)
	}
	for name, c := range map[string]struct{ text, want string }{
		"a line and its break":    {line("/a") + "\n", "/a"},
		"two lines":               {line("/a") + "\n" + line("/b"), "/a"},
		"a message and a line":    {"ready\n" + line("/b"), "/b"},
		"an object":               {object("/a") + "\n", "/a"},
		"two objects":             {object("/a") + "\n" + object("/b"), ""},
		"a list of objects":       {"[" + object("/a") + "," + object("/b") + "]", ""},
		"a text that just fits":   {object("/" + strings.Repeat("a", 256<<10-len(object("/")))), "/" + strings.Repeat("a", 8<<10-1)},
		"a text that is too long": {object("/" + strings.Repeat("a", 256<<10-len(object("/"))+1)), ""},
	} {
		t.Run(name, func(t *testing.T) {
			path := ""
			if visits := visitsOf(c.text); len(visits) > 0 {
				require.Len(t, visits, 1)
				path = visits[0].Path
			}
			assert.Equal(t, c.want, path)
		})
	}
	for _, message := range []string{"ready", "nothing here", "shop.example worker", "a\r\n\nb c"} {
		visits := visitsOf(message + "\n" + line("/b"))
		require.Len(t, visits, 1)
		assert.Empty(t, visits[0].Host, "%q is no host", message)
		assert.Equal(t, "203.0.113.9", visits[0].ClientIP, message)
	}
}
