// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package translate_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/agentvisits/agentvisitsexporter/internal/accesslog"
	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
	"github.com/agentvisits/agentvisitsexporter/internal/dev/translation"
	"github.com/agentvisits/agentvisitsexporter/internal/translate"
	"github.com/agentvisits/agentvisitsexporter/internal/visit"
)

// logOf makes a payload of lines from a file on a host.
func logOf(host, path string, lines ...string) plog.Logs {
	ld := fixture.NewLines(fixture.Arrival, []byte(strings.Join(lines, "\n")))
	rl := ld.ResourceLogs().At(0)
	rl.Resource().Attributes().PutStr("host.name", host)
	for _, record := range rl.ScopeLogs().At(0).LogRecords().All() {
		record.Attributes().Clear()
		if path != "" {
			record.Attributes().PutStr("log.file.path", path)
		}
	}
	return ld
}

// pathsOf translates payloads, one after the other, and returns the paths of the visits.
func pathsOf(tr *translate.Translator, payloads ...plog.Logs) []string {
	var paths []string
	for _, ld := range payloads {
		translation.Each(tr, fixture.Arrival, fixture.OfLogs(ld), func(v *visit.Visit, skip visit.SkipReason) {
			if skip == visit.NotSkipped {
				paths = append(paths, strings.Clone(v.Path))
			}
		})
	}
	return paths
}

const (
	shortFields = "#Fields: date time cs-method cs-uri-stem sc-status"
	otherFields = "#Fields: date time sc-status cs-uri-stem cs-method"
	shortLine   = "2026-05-04 09:15:02 GET /short 200"
	otherLine   = "2026-05-04 09:15:02 200 /other GET"
)

func TestAHeaderHoldsForTheLinesOfItsFile(t *testing.T) {
	for name, c := range map[string]struct {
		payloads []plog.Logs
		want     []string
	}{
		"in the same payload":    {[]plog.Logs{logOf("web1", "/a", shortFields, shortLine)}, []string{"/short"}},
		"in a later payload":     {[]plog.Logs{logOf("web1", "/a", shortFields), logOf("web1", "/a", shortLine)}, []string{"/short"}},
		"not in another file":    {[]plog.Logs{logOf("web1", "/a", shortFields), logOf("web1", "/b", shortLine)}, nil},
		"not on another host":    {[]plog.Logs{logOf("web1", "/a", shortFields), logOf("web2", "/a", shortLine)}, nil},
		"each of two files":      {[]plog.Logs{logOf("web1", "/a", shortFields), logOf("web1", "/b", otherFields, otherLine), logOf("web1", "/a", shortLine)}, []string{"/other", "/short"}},
		"without a file's name":  {[]plog.Logs{logOf("web1", "", shortFields), logOf("web1", "", shortLine)}, []string{"/short"}},
		"until the next one":     {[]plog.Logs{logOf("web1", "/a", shortFields, shortLine, otherFields, otherLine, shortLine)}, []string{"/short", "/other"}},
		"not before it":          {[]plog.Logs{logOf("web1", "/a", shortLine, shortFields, shortLine)}, []string{"/short"}},
		"other lines in between": {[]plog.Logs{logOf("web1", "/a", shortFields, fixture.CombinedLine, shortLine)}, []string{"/guides/llamas", "/short"}},
	} {
		t.Run(name, func(t *testing.T) {
			assert.Equal(t, c.want, pathsOf(translation.New(translate.Config{}), c.payloads...))
		})
	}
}

// TestUsersNameColumnsAsTheirLogDoes: an administrator of IIS names custom columns.
func TestUsersNameColumnsAsTheirLogDoes(t *testing.T) {
	cfg := translate.Config{Attributes: map[string][]string{"client_ip": {"OriginalIP"}, "duration_us": {"time-taken"}}}
	var got fixture.Observed
	ld := logOf("web1", "/a", "#Fields: date time cs-method cs-uri-stem c-ip sc-status time-taken OriginalIP", "2026-05-04 09:15:02 GET /p 10.0.0.1 200 38000 203.0.113.9")
	translation.Each(translation.New(cfg), fixture.Arrival, fixture.OfLogs(ld), func(v *visit.Visit, skip visit.SkipReason) {
		if skip == visit.NotSkipped {
			got = translation.Observe(v)
		}
	})
	assert.Equal(t, "203.0.113.9", got.ClientIP)
	assert.Equal(t, 38*time.Millisecond, got.Duration)
}

// TestAFileIsKnownByItsNameIfThatIsAll: without include_file_path the file receiver
// names no folder.
func TestAFileIsKnownByItsNameIfThatIsAll(t *testing.T) {
	ld := logOf("web1", "", shortFields, shortLine, otherLine)
	records := ld.ResourceLogs().At(0).ScopeLogs().At(0).LogRecords()
	for i, name := range []string{"a", "a", "b"} {
		records.At(i).Attributes().PutStr("log.file.name", name)
	}
	assert.Equal(t, []string{"/short"}, pathsOf(translation.New(translate.Config{}), ld))
}

func TestTranslatorsShareHeaders(t *testing.T) {
	headers := accesslog.NewHeaders()
	first, second := translation.New(translate.Config{}).Share(headers), translation.New(translate.Config{}).Share(headers)
	assert.Empty(t, pathsOf(first, logOf("web1", "/a", shortFields)))
	assert.Equal(t, []string{"/short"}, pathsOf(second, logOf("web1", "/a", shortLine)))
	assert.Empty(t, pathsOf(translation.New(translate.Config{}), logOf("web1", "/a", shortLine)), "after a restart")
}

func TestManyTranslatorsReadManyFilesAtOnce(t *testing.T) {
	headers := accesslog.NewHeaders()
	var wait sync.WaitGroup
	for worker := range 8 {
		wait.Go(func() {
			tr := translation.New(translate.Config{}).Share(headers)
			path, fields, line, want := fmt.Sprint("/", worker), shortFields, shortLine, "/short"
			if worker%2 == 1 {
				fields, line, want = otherFields, otherLine, "/other"
			}
			assert.Empty(t, pathsOf(tr, logOf("web1", path, fields)))
			for range 100 {
				assert.Equal(t, []string{want}, pathsOf(tr, logOf("web1", path, line)))
			}
		})
	}
	wait.Wait()
}

// memberOf makes a record whose body is a map with a line in a member.
func memberOf(line string, body map[string]any) plog.Logs {
	ld := logOf("web1", "", "x")
	record := ld.ResourceLogs().At(0).ScopeLogs().At(0).LogRecords().At(0)
	record.Attributes().Clear()
	body["message"] = line
	if err := record.Body().SetEmptyMap().FromRaw(body); err != nil {
		panic(err)
	}
	return ld
}

// TestAVisitorsTextIsNoHeader: a text that a visitor sent can be the whole of a message
// that an application logs, but no line of a server's file.
func TestAVisitorsTextIsNoHeader(t *testing.T) {
	file := map[string]any{"log": map[string]any{"file": map[string]any{"path": "/a"}}}
	for name, c := range map[string]struct {
		payloads []plog.Logs
		want     []string
	}{
		"as a message":                    {[]plog.Logs{memberOf(shortFields, map[string]any{}), memberOf(shortLine, map[string]any{})}, nil},
		"as a message of columns undated": {[]plog.Logs{logOf("web1", "", "#Fields: c-ip cs-method cs-uri-stem sc-status"), logOf("web1", "", fixture.CombinedLine)}, []string{"/guides/llamas"}},
		"as a message, later lines stay":  {[]plog.Logs{logOf("web1", "", shortFields), memberOf(otherFields, map[string]any{}), logOf("web1", "", shortLine)}, []string{"/short"}},
		"as its user agent": {
			[]plog.Logs{logOf("web1", "/a", shortFields+" cs(User-Agent)", shortLine+" #Fields:+date+time", shortLine+" x")},
			[]string{"/short", "/short"},
		},
		"but the line of a shipper that names the file": {[]plog.Logs{memberOf(shortFields, file), memberOf(shortLine, file)}, []string{"/short"}},
	} {
		t.Run(name, func(t *testing.T) {
			assert.Equal(t, c.want, pathsOf(translation.New(translate.Config{}), c.payloads...))
		})
	}
}

// TestALineThatDoesNotFitIsReadInNoOtherFormat: the user agent could hold an entry.
func TestALineThatDoesNotFitIsReadInNoOtherFormat(t *testing.T) {
	const forged = `2026-05-04 09:15:02 GET /p - 203.0.113.66 - - [04/May/2026:09:15:02 +0000] "GET /forged HTTP/1.1" 200 5 200`
	assert.Empty(t, pathsOf(translation.New(translate.Config{}), logOf("web1", "/a", "#Fields: date time cs-method cs-uri-stem cs(User-Agent) sc-status", forged)))
}

func TestColumnsBecomeVisitsWithoutAllocation(t *testing.T) {
	if fixture.RaceDetector {
		t.Skip("the race detector allocates")
	}
	tr := translation.New(translate.Config{})
	buffer := make([]byte, 0, visit.MaxVisitBytes)
	header := logOf("web1", "/a", "#Software: Microsoft Internet Information Services 10.0", "#Fields: date time cs-method cs-uri-stem c-ip cs(User-Agent) cs-host sc-status time-taken")
	pathsOf(tr, header)
	for name, ld := range map[string]plog.Logs{
		"by its header": logOf("web1", "/a", "2026-05-04 09:15:02 GET /p 203.0.113.9 Mozilla/5.0+(x;++http://x.example) www.example.com 200 38"),
		"IIS by form":   logOf("web1", "/b", iisLine),
		"CloudFront":    logOf("web1", "/b", cloudFrontLine),
		"ALB":           logOf("web1", "/b", loadBalancerLine),
	} {
		t.Run(name, func(t *testing.T) {
			rl := ld.ResourceLogs().At(0)
			record := rl.ScopeLogs().At(0).LogRecords().At(0)
			tr.EnterResource(rl.Resource())
			tr.EnterScope(rl.ScopeLogs().At(0).Scope())
			assert.Zero(t, testing.AllocsPerRun(100, func() {
				v, skip := tr.LogRecord(record)
				assert.Equal(t, visit.NotSkipped, skip)
				translation.EncodeForKnownAgents(buffer, v)
			}))
		})
	}
}

func TestLocalTimesAreInTheGivenZone(t *testing.T) {
	tr := translate.NewTranslator(translate.NewRules(translate.Config{}, visit.FieldSet{}), time.FixedZone("", 2*60*60))
	var start time.Time
	ld := logOf("web1", "/a", "#Fields: date-local time-local cs-method cs-uri-stem sc-status", "2026-05-04 11:15:02.120 GET /p 200")
	translation.Each(tr, fixture.Arrival, fixture.OfLogs(ld), func(v *visit.Visit, skip visit.SkipReason) {
		if skip == visit.NotSkipped {
			start = time.Unix(0, v.Start)
		}
	})
	require.Equal(t, fixture.Truth.Start, start.UTC())
}
