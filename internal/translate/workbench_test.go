// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package translate_test

import (
	"github.com/agentvisits/agentvisitsexporter/internal/destination"
	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
	"github.com/agentvisits/agentvisitsexporter/internal/dev/translation"
	"github.com/agentvisits/agentvisitsexporter/internal/translate"
	"github.com/agentvisits/agentvisitsexporter/internal/visit"
)

// workbench translates payloads as the exporter does. It encodes their visits if it
// has an encoder. It does not use translation.Each, because a function called for each
// item would be measured too.
type workbench struct {
	translator *translate.Translator
	encode     func([]byte, *visit.Visit) destination.Encoded
	buffer     []byte
	items      int
	visits     int
}

func newWorkbench(encode func([]byte, *visit.Visit) destination.Encoded) *workbench {
	return &workbench{translator: translation.New(translate.Config{}), encode: encode, buffer: make([]byte, 0, visit.MaxVisitBytes)}
}

func (w *workbench) work(p fixture.Payload) {
	t := w.translator
	t.Begin(fixture.Arrival)
	t.IndexSpans(p.Traces)
	for _, rs := range p.Traces.ResourceSpans().All() {
		t.EnterResource(rs.Resource())
		for _, ss := range rs.ScopeSpans().All() {
			t.EnterScope(ss.Scope())
			for _, span := range ss.Spans().All() {
				w.take(t.Span(span))
			}
		}
	}
	for _, rl := range p.Logs.ResourceLogs().All() {
		t.EnterResource(rl.Resource())
		for _, sl := range rl.ScopeLogs().All() {
			t.EnterScope(sl.Scope())
			for _, record := range sl.LogRecords().All() {
				w.take(t.LogRecord(record))
			}
		}
	}
	t.End()
}

func (w *workbench) take(v *visit.Visit, skip visit.SkipReason) {
	w.items++
	if skip == visit.NotSkipped {
		w.visits++
		if w.encode != nil {
			w.encode(w.buffer, v)
		}
	}
}
