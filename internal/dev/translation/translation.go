// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package translation

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/golden"
	"github.com/stretchr/testify/require"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/agentvisits/agentvisitsexporter/internal/destination"
	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
	"github.com/agentvisits/agentvisitsexporter/internal/translate"
	"github.com/agentvisits/agentvisitsexporter/internal/visit"
)

// One translates a server span with the given attributes, of the
// service "shop".
func One(cfg translate.Config, attributes map[string]any) (fixture.Observed, visit.SkipReason) {
	td := ptrace.NewTraces()
	rs := td.ResourceSpans().AppendEmpty()
	rs.Resource().Attributes().PutStr("service.name", "shop")
	span := rs.ScopeSpans().AppendEmpty().Spans().AppendEmpty()
	fixture.OtelhttpSpan().CopyTo(span)
	for key, v := range attributes {
		_ = span.Attributes().PutEmpty(key).FromRaw(v)
	}
	t := translate.NewTranslator(translate.NewRules(cfg, visit.FieldSet{}), time.UTC)
	t.Begin(fixture.Arrival)
	t.EnterResource(rs.Resource())
	t.EnterScope(pcommon.NewInstrumentationScope())
	v, skip := t.Span(span)
	if skip != visit.NotSkipped {
		return fixture.Observed{}, skip
	}
	return Observe(v), visit.NotSkipped
}

// Destinations are both, as they are by default.
func Destinations() []*destination.Destination {
	return []*destination.Destination{destination.KnownAgents(&destination.KnownAgentsConfig{}, nil, nil), destination.Scrunch(&destination.ScrunchConfig{})}
}

// Encoders are both destinations' encoders.
var Encoders = map[string]func([]byte, *visit.Visit) destination.Encoded{"known_agents": EncodeForKnownAgents, "scrunch": EncodeForScrunch}

// The encoders of both destinations without options.
var (
	EncodeForKnownAgents = destination.KnownAgents(&destination.KnownAgentsConfig{}, nil, nil).Encode
	EncodeForScrunch     = destination.Scrunch(&destination.ScrunchConfig{}).Encode
)

// Translation is what became of one payload.
type Translation struct {
	Visits      []fixture.Observed
	KnownAgents []json.RawMessage
	Scrunch     []json.RawMessage
	Skipped     map[string]int
}

// take encodes a visit for both destinations, or counts why there is none.
func (tr *Translation) take(v *visit.Visit, skip visit.SkipReason) {
	if skip != visit.NotSkipped {
		tr.Skipped[visit.SkipReasons[skip]]++
		return
	}
	tr.Visits = append(tr.Visits, Observe(v))
	tr.KnownAgents = tr.encode(tr.KnownAgents, EncodeForKnownAgents, v, "known_agents: ")
	tr.Scrunch = tr.encode(tr.Scrunch, EncodeForScrunch, v, "scrunch: ")
}

func (tr *Translation) encode(to []json.RawMessage, encode func([]byte, *visit.Visit) destination.Encoded, v *visit.Visit, name string) []json.RawMessage {
	e := encode(nil, v)
	if e.Skip != visit.NotSkipped {
		tr.Skipped[name+visit.SkipReasons[e.Skip]]++
		return to
	}
	return append(to, e.Bytes)
}

// Traces and translateLogs translate a payload as the exporter does.
func Traces(cfg translate.Config, received time.Time, td ptrace.Traces) *Translation {
	tr := &Translation{Skipped: map[string]int{}}
	t := translate.NewTranslator(translate.NewRules(cfg, visit.FieldSet{}), time.UTC)
	t.Begin(received)
	t.IndexSpans(td)
	for _, rs := range td.ResourceSpans().All() {
		for _, ss := range rs.ScopeSpans().All() {
			t.EnterResource(rs.Resource())
			t.EnterScope(ss.Scope())
			for _, span := range ss.Spans().All() {
				tr.take(t.Span(span))
			}
		}
	}
	return tr
}

func Logs(cfg translate.Config, received time.Time, ld plog.Logs) *Translation {
	tr := &Translation{Skipped: map[string]int{}}
	t := translate.NewTranslator(translate.NewRules(cfg, visit.FieldSet{}), time.UTC)
	t.Begin(received)
	for _, rl := range ld.ResourceLogs().All() {
		for _, sl := range rl.ScopeLogs().All() {
			t.EnterResource(rl.Resource())
			t.EnterScope(sl.Scope())
			for _, record := range sl.LogRecords().All() {
				tr.take(t.LogRecord(record))
			}
		}
	}
	return tr
}

// Folder translates the input of a folder below testdata/sources.
func Folder(t *testing.T, folder string) *Translation {
	t.Helper()
	if path := filepath.Join(folder, "traces.yaml"); fixture.Exists(path) {
		td, err := golden.ReadTraces(path)
		require.NoError(t, err)
		return Traces(translate.Config{}, fixture.Arrival, td)
	}
	if path := filepath.Join(folder, "logs.yaml"); fixture.Exists(path) {
		ld, err := golden.ReadLogs(path)
		require.NoError(t, err)
		return Logs(translate.Config{}, fixture.Arrival, ld)
	}
	lines, err := os.ReadFile(filepath.Join(folder, "lines.log"))
	require.NoError(t, err)
	return Logs(translate.Config{}, fixture.Arrival, fixture.NewLines(fixture.Arrival, lines))
}
