// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package translate

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
	"github.com/agentvisits/agentvisitsexporter/internal/visit"
)

// chained is a span of a trace: its id, its parent's and its kind. 0 is no span.
type chained struct {
	id, parent byte
	kind       ptrace.SpanKind
}

// traceOf makes a payload of one trace.
func traceOf(spans ...chained) ptrace.Traces {
	td := ptrace.NewTraces()
	to := td.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty().Spans()
	for _, s := range spans {
		span := to.AppendEmpty()
		fixture.OtelhttpSpan().CopyTo(span)
		span.SetKind(s.kind)
		span.SetTraceID(pcommon.TraceID{1})
		span.SetSpanID(pcommon.SpanID{s.id})
		span.SetParentSpanID(pcommon.SpanID{s.parent})
	}
	return td
}

// TestHopsAreThoseOfAWholeSearch compares with an index of every span, in random
// payloads.
func TestHopsAreThoseOfAWholeSearch(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	hops := 0
	for range 2000 {
		spans := make([]chained, 1+random.IntN(8))
		for i := range spans {
			spans[i] = chained{byte(1 + i), byte(random.IntN(20)), ptrace.SpanKind(random.IntN(4))}
		}
		td := traceOf(spans...)
		quick, whole := &internalHops{}, &internalHops{spans: map[spanKey]indexedSpan{}}
		quick.index(td)
		require.Equal(t, idFilter{}, quick.parents, "the next payload begins with none")
		for span := range spansOf(td) {
			whole.spans[spanKey{span.TraceID(), span.SpanID()}] = indexedSpan{span.ParentSpanID(), span.Kind()}
		}
		for span := range spansOf(td) {
			if span.Kind() == ptrace.SpanKindServer {
				require.Equal(t, whole.has(span), quick.has(span), "%v in %v", span.SpanID(), spans)
				if whole.has(span) {
					hops++
				}
			}
		}
	}
	require.Greater(t, hops, 100)
}

func TestOneRequestOfOnePayloadCountsOnce(t *testing.T) {
	const server, client, internal = ptrace.SpanKindServer, ptrace.SpanKindClient, ptrace.SpanKindInternal
	for name, c := range map[string]struct {
		spans []chained
		want  int
	}{
		"a root":                           {[]chained{{1, 0, server}}, 1},
		"a caller elsewhere":               {[]chained{{1, 9, server}}, 1},
		"proxy and service":                {[]chained{{1, 0, server}, {2, 1, server}}, 1},
		"the service comes first":          {[]chained{{2, 1, server}, {1, 0, server}}, 1},
		"a call in between":                {[]chained{{1, 0, server}, {2, 1, client}, {3, 2, server}}, 1},
		"an internal span in between":      {[]chained{{1, 0, server}, {2, 1, internal}, {3, 2, server}}, 1},
		"two calls of one service":         {[]chained{{1, 0, server}, {2, 1, client}, {3, 2, server}, {4, 1, client}, {5, 4, server}}, 1},
		"an internal root":                 {[]chained{{1, 0, internal}, {2, 1, server}}, 1},
		"a call from a job":                {[]chained{{1, 0, internal}, {2, 1, client}, {3, 2, server}}, 0},
		"two requests of one remote trace": {[]chained{{1, 9, server}, {2, 9, server}}, 2},
		"a ring of internal spans":         {[]chained{{1, 2, internal}, {2, 1, internal}, {3, 1, server}}, 1},
		"its own parent":                   {[]chained{{1, 1, server}}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			assert.Equal(t, c.want, countVisits(Config{}, traceOf(c.spans...)))
		})
	}
	t.Run("both count if so configured", func(t *testing.T) {
		both := traceOf(chained{1, 0, server}, chained{2, 1, server})
		assert.Equal(t, 2, countVisits(Config{InternalHops: true}, both))
	})
}

func countVisits(cfg Config, td ptrace.Traces) (visits int) {
	tr := NewTranslator(NewRules(cfg, visit.FieldSet{}), time.UTC)
	tr.Begin(fixture.Arrival)
	tr.IndexSpans(td)
	for span := range spansOf(td) {
		if _, skip := tr.Span(span); skip == visit.NotSkipped {
			visits++
		}
	}
	return visits
}
