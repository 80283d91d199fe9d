// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import (
	"bufio"
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/golden"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

var update = flag.Bool("update", false, "rewrite what tests expect below testdata; read the difference before you commit it")

// arrival is when the telemetry of tests reaches the exporter.
var arrival = time.Date(2026, time.May, 4, 10, 0, 0, 0, time.UTC)

// The encoders of both destinations without options.
var (
	encodeForKnownAgents = knownAgents(&KnownAgentsConfig{}, nil, nil).encode
	encodeForScrunch     = scrunch(&ScrunchConfig{}).encode
)

// translation is what became of one payload.
type translation struct {
	visits      []observed
	knownAgents []json.RawMessage
	scrunch     []json.RawMessage
	skipped     map[string]int
}

// observed is a copy of a visit, for the visit itself is scratch memory.
type observed struct {
	start                             time.Time
	duration                          time.Duration
	method, scheme, host, path, query string
	status                            int
	clientIP                          string
	userAgent, referer, contentType   string
}

func observe(v *visit) observed {
	return observed{
		start: time.Unix(0, v.start), duration: v.duration,
		method: v.method, scheme: v.scheme, host: v.host, path: v.path, query: v.query,
		status: v.status, clientIP: v.clientIP,
		userAgent: v.text[userAgent], referer: v.text[referer], contentType: v.text[responseHeader("content-type")],
	}
}

// take encodes a visit for both destinations, or counts why there is none.
func (tr *translation) take(v *visit, skip skipReason) {
	if skip != notSkipped {
		tr.skipped[skipReasons[skip]]++
		return
	}
	tr.visits = append(tr.visits, observe(v))
	tr.knownAgents = tr.encode(tr.knownAgents, encodeForKnownAgents, v, "known_agents: ")
	tr.scrunch = tr.encode(tr.scrunch, encodeForScrunch, v, "scrunch: ")
}

func (tr *translation) encode(to []json.RawMessage, encode func([]byte, *visit) encoded, v *visit, name string) []json.RawMessage {
	e := encode(nil, v)
	if e.skip != notSkipped {
		tr.skipped[name+skipReasons[e.skip]]++
		return to
	}
	return append(to, e.bytes)
}

// translateTraces and translateLogs translate a payload as the exporter does.
func translateTraces(cfg VisitsConfig, received time.Time, td ptrace.Traces) *translation {
	tr := &translation{skipped: map[string]int{}}
	t := newTranslator(newRules(cfg, fieldSet{}), time.UTC)
	t.begin(received)
	t.survey(td)
	for _, rs := range td.ResourceSpans().All() {
		for _, ss := range rs.ScopeSpans().All() {
			t.enterResource(rs.Resource())
			t.enterScope(ss.Scope())
			for _, span := range ss.Spans().All() {
				tr.take(t.span(span))
			}
		}
	}
	return tr
}

func translateLogs(cfg VisitsConfig, received time.Time, ld plog.Logs) *translation {
	tr := &translation{skipped: map[string]int{}}
	t := newTranslator(newRules(cfg, fieldSet{}), time.UTC)
	t.begin(received)
	for _, rl := range ld.ResourceLogs().All() {
		for _, sl := range rl.ScopeLogs().All() {
			t.enterResource(rl.Resource())
			t.enterScope(sl.Scope())
			for _, record := range sl.LogRecords().All() {
				tr.take(t.logRecord(record))
			}
		}
	}
	return tr
}

// newLines makes log records of raw lines as the filelog receiver does without
// operators: a text body and the time of reading.
func newLines(received time.Time, lines []byte) plog.Logs {
	ld := plog.NewLogs()
	records := ld.ResourceLogs().AppendEmpty().ScopeLogs().AppendEmpty().LogRecords()
	scanner := bufio.NewScanner(bytes.NewReader(lines))
	scanner.Buffer(nil, 1<<20)
	for scanner.Scan() {
		record := records.AppendEmpty()
		record.SetObservedTimestamp(pcommon.NewTimestampFromTime(received))
		record.Body().SetStr(scanner.Text())
		record.Attributes().PutStr("log.file.name", "access.log")
	}
	return ld
}

// translateFolder translates the input of a folder below testdata/sources.
func translateFolder(t *testing.T, folder string) *translation {
	t.Helper()
	if path := filepath.Join(folder, "traces.yaml"); exists(path) {
		td, err := golden.ReadTraces(path)
		require.NoError(t, err)
		return translateTraces(VisitsConfig{}, arrival, td)
	}
	if path := filepath.Join(folder, "logs.yaml"); exists(path) {
		ld, err := golden.ReadLogs(path)
		require.NoError(t, err)
		return translateLogs(VisitsConfig{}, arrival, ld)
	}
	lines, err := os.ReadFile(filepath.Join(folder, "lines.log"))
	require.NoError(t, err)
	return translateLogs(VisitsConfig{}, arrival, newLines(arrival, lines))
}

// inRoot is a path in the module's root, whichever package is being tested.
func inRoot(path ...string) string {
	root := "."
	for !exists(filepath.Join(root, "go.mod")) {
		root = filepath.Join("..", root)
	}
	return filepath.Join(root, filepath.Join(path...))
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// sourceFolders are the cases below testdata/sources.
func sourceFolders(t *testing.T) []string {
	t.Helper()
	folders, err := filepath.Glob(inRoot("testdata/sources/*"))
	require.NoError(t, err)
	require.NotEmpty(t, folders)
	return folders
}

func TestSources(t *testing.T) {
	for _, folder := range sourceFolders(t) {
		t.Run(filepath.Base(folder), func(t *testing.T) {
			tr := translateFolder(t, folder)
			golden := map[string]string{
				"known_agents.json": indented(t, tr.knownAgents),
				"scrunch.json":      indented(t, tr.scrunch),
				"skipped.yaml":      counts(tr.skipped),
			}
			for name, got := range golden {
				requireFile(t, filepath.Join(folder, name), got)
			}
		})
	}
}

// requireFile compares a text with a file; an empty text has none.
func requireFile(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if got == "" {
			_ = os.Remove(path)
			return
		}
		require.NoError(t, os.WriteFile(path, []byte(got), 0o600))
		return
	}
	want, err := os.ReadFile(path)
	if got != "" {
		require.NoError(t, err, "go test -run TestSources -update makes it")
	}
	assert.Equal(t, string(want), got, path)
}

func indented(t *testing.T, visits []json.RawMessage) string {
	t.Helper()
	if len(visits) == 0 {
		return "[]\n"
	}
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	require.NoError(t, encoder.Encode(visits))
	return out.String()
}

func counts(skipped map[string]int) string {
	var out strings.Builder
	for _, reason := range slices.Sorted(maps.Keys(skipped)) {
		fmt.Fprintf(&out, "%s: %d\n", reason, skipped[reason])
	}
	return out.String()
}

// TestWhatADestinationHasNoUseForMakesNoDifference: the values of such fields are
// not looked at.
func TestWhatADestinationHasNoUseForMakesNoDifference(t *testing.T) {
	folders, err := filepath.Glob(inRoot("testdata/sources/*"))
	require.NoError(t, err)
	require.NotEmpty(t, folders)
	for _, d := range destinations() {
		for _, who := range whoModes {
			delivered := func(p payload, unused fieldSet) (all []string) {
				w := newWorkbench(func(dst []byte, v *visit) encoded {
					e := d.encode(dst, v)
					all = append(all, string(e.bytes)+skipReasons[e.skip])
					return e
				})
				w.translator = newTranslator(newRules(VisitsConfig{Privacy: PrivacyConfig{Who: who}}, unused), time.UTC)
				w.work(p)
				return all
			}
			for _, folder := range folders {
				p := readPayload(t, folder)
				assert.Equal(t, delivered(p, fieldSet{}), delivered(p, d.unused), "%s for %s, %s", folder, d.name, who)
			}
		}
	}
}
