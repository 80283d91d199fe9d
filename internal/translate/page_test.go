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
	"github.com/agentvisits/agentvisitsexporter/internal/visit"
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

// TestNoLineTellsOfTheOneBeforeIt: of a text with several lines the first counts, and no other
// visitor's address, host or duration gets into its visit.
func TestNoLineTellsOfTheOneBeforeIt(t *testing.T) {
	const date = `[04/May/2026:09:15:02 +0000]`
	const next = `198.51.100.7 - - ` + date + ` "GET /b HTTP/1.1" 404 9 "https://example.net/" "Other/2" 9.999 "-" "other.example" "198.51.100.7"`
	for name, c := range map[string]struct{ line, next string }{
		"common":            {`203.0.113.9 - - ` + date + ` "GET /a HTTP/1.1" 200 12`, next},
		"combined":          {`203.0.113.9 - - ` + date + ` "GET /a HTTP/1.1" 200 12 "-" "ExampleBot/1.0"`, next},
		"an escaped mark":   {`203.0.113.9 - - ` + date + ` "GET /a HTTP/1.1" 200 12 "-" "Example\"Bot"`, next},
		"a duration":        {`203.0.113.9 - - ` + date + ` "GET /a HTTP/1.1" 200 12 "-" "ExampleBot/1.0" 0.038`, next},
		"no date":           {`INFO:     203.0.113.9:4711 - "GET /a HTTP/1.1" 200 OK`, `INFO:     198.51.100.7:4711 - "GET /b HTTP/1.1" 404 Not Found`},
		"pairs":             {`method=GET path=/a status=200 user_agent=ExampleBot/1.0`, `method=POST path=/b status=404 host=other.example duration_ms=9999`},
		"pairs with quotes": {`method=GET path=/a status=200 user_agent="Example Bot"`, `method=POST path=/b status=404 user_agent="Other" duration_ms=9999`},
		"LTSV":              {"req:GET /a HTTP/1.1\tstatus:200\tua:ExampleBot/1.0", "req:GET /b HTTP/1.1\tstatus:404\tua:Other\treqtime:9.999"},
	} {
		t.Run(name, func(t *testing.T) {
			alone := visitsOf(c.line)
			require.Len(t, alone, 1)
			for _, after := range []string{c.next, "ready", `{"level":"info"}`} {
				assert.Equal(t, alone, visitsOf(c.line+"\n"+after), after)
				assert.Equal(t, alone, visitsOf(c.line+"\r\n"+after), after)
			}
		})
	}
}

// TestDatesAreReadInTheLanguagesThatThePageNames: each language has twelve months in a line.
func TestDatesAreReadInTheLanguagesThatThePageNames(t *testing.T) {
	section := fixture.Section(t, fixture.ReadFile(t, "docs/access-logs.md"), "## Which lines are read")
	_, text, found := strings.Cut(section, "with the month in ")
	require.True(t, found)
	text, _, _ = strings.Cut(text, ", ISO 8601")
	languages := map[string]string{
		"English":    "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec",
		"Dutch":      "jan. feb. mrt. apr. mei jun. jul. aug. sep. okt. nov. dec.",
		"French":     "janv. févr. mars avr. mai juin juil. août sept. oct. nov. déc.",
		"German":     "Jan. Feb. März Apr. Mai Juni Juli Aug. Sep. Okt. Nov. Dez.",
		"Italian":    "gen feb mar apr mag giu lug ago set ott nov dic",
		"Polish":     "sty lut mar kwi maj cze lip sie wrz paź lis gru",
		"Portuguese": "jan. fev. mar. abr. mai. jun. jul. ago. set. out. nov. dez.",
		"Spanish":    "ene. feb. mar. abr. may. jun. jul. ago. sept. oct. nov. dic.",
	}
	named := strings.FieldsFunc(strings.ReplaceAll(text, " or ", ","), func(r rune) bool { return r == ',' || r == ' ' || r == '\n' })
	require.Len(t, named, len(languages))
	for _, language := range named {
		t.Run(language, func(t *testing.T) {
			months := strings.Fields(languages[language])
			require.Len(t, months, 12)
			for i, month := range months {
				visits := visitsOf(`203.0.113.9 - - [04/` + month + `/2025:09:15:02 +0000] "GET /a HTTP/1.1" 200 12`)
				require.Len(t, visits, 1, month)
				assert.Equal(t, time.Date(2025, time.Month(i+1), 4, 9, 15, 2, 0, time.UTC), visits[0].Start.UTC(), month)
			}
		})
	}
}

// TestTimesWithoutAZoneAreOfTheMachineInLinesOfTextAlone: elsewhere they are in UTC.
func TestTimesWithoutAZoneAreOfTheMachineInLinesOfTextAlone(t *testing.T) {
	const fields = "#Fields: date time cs-method cs-uri-stem sc-status c-ip"
	inUTC := time.Date(2025, time.May, 4, 9, 15, 2, 0, time.UTC)
	inZone := inUTC.Add(-2 * time.Hour)
	for text, want := range map[string]time.Time{
		`203.0.113.9 - - [2025/05/04 09:15:02] "GET /a HTTP/1.1" 200 12`:                    inZone,
		`[GIN] 2025/05/04 - 09:15:02 | 200 | 38ms | 203.0.113.9 | GET "/a"`:                 inZone,
		`{"method":"GET","path":"/a","status":200,"time":"2025-05-04 09:15:02"}`:            inUTC,
		`time="2025-05-04 09:15:02" method=GET path=/a status=200`:                          inUTC,
		`2025-05-04 09:15:02 GET /a 200 203.0.113.9`:                                        inUTC,
		`203.0.113.9 - - [04/May/2025:11:15:02 +0200] "GET /a HTTP/1.1" 200 12 "-" "Bot/1"`: inUTC,
		`{"method":"GET","path":"/a","status":200,"time":"2025-05-04T11:15:02+02:00"}`:      inUTC,
	} {
		t.Run(text, func(t *testing.T) {
			tr := translate.NewTranslator(translate.NewRules(translate.Config{}, visit.FieldSet{}), time.FixedZone("", 2*60*60))
			tr.Begin(fixture.Arrival)
			_, skip := tr.LogRecord(fixture.LineRecord(fields))
			require.NotEqual(t, visit.NotSkipped, skip)
			v, skip := tr.LogRecord(fixture.LineRecord(text))
			require.Equal(t, visit.NotSkipped, skip)
			assert.Equal(t, want, time.Unix(0, v.Start).UTC())
		})
	}
}
