// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fakeapi"
	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
)

// hopSpan is a span of a trace of several services. id 0 is none.
type hopSpan struct {
	service    string
	id, parent byte
	kind       ptrace.SpanKind
	path       string
	without    []string       // attributes that the span lacks
	with       map[string]any // others that it has
}

// hopsHappen is when the requests of these tests begin.
var hopsHappen = time.Date(2000, time.January, 1, 0, 0, 0, int(time.Millisecond), time.UTC)

// hopTraces is a payload of spans, each with a resource of its own. They happen in the
// same two milliseconds at the beginning of a synctest bubble's time.
func hopTraces(spans ...hopSpan) ptrace.Traces {
	td := ptrace.NewTraces()
	for _, s := range spans {
		rs := td.ResourceSpans().AppendEmpty()
		rs.Resource().Attributes().PutStr("service.name", s.service)
		if s.service == "page" {
			rs.Resource().Attributes().PutStr("telemetry.sdk.language", "webjs")
		}
		span := rs.ScopeSpans().AppendEmpty().Spans().AppendEmpty()
		fixture.OtelhttpSpan().CopyTo(span)
		span.SetStartTimestamp(pcommon.NewTimestampFromTime(hopsHappen))
		span.SetEndTimestamp(pcommon.NewTimestampFromTime(hopsHappen.Add(2 * time.Millisecond)))
		span.SetKind(s.kind)
		span.SetTraceID(pcommon.TraceID{9})
		span.SetSpanID(pcommon.SpanID{s.id})
		span.SetParentSpanID(pcommon.SpanID{s.parent})
		span.Attributes().PutStr("url.path", s.path)
		for _, key := range s.without {
			span.Attributes().Remove(key)
		}
		for key, v := range s.with {
			_ = span.Attributes().PutEmpty(key).FromRaw(v)
		}
	}
	return td
}

const (
	serverSpan   = ptrace.SpanKindServer
	clientSpan   = ptrace.SpanKindClient
	internalSpan = ptrace.SpanKindInternal
)

// The spans of a proxy and of the application behind it, for one request.
var (
	edge = hopSpan{service: "edge", id: 1, kind: serverSpan, path: "/p"}
	call = hopSpan{service: "edge", id: 2, parent: 1, kind: clientSpan, path: "/p"}
	app  = hopSpan{service: "app", id: 3, parent: 2, kind: serverSpan, path: "/p"}
)

// paths are those of the visits that the API has.
func deliveredPaths(api *fakeapi.API) (paths []string) {
	for _, v := range api.KnownAgentsVisits() {
		paths = append(paths, v.RequestPath)
	}
	return paths
}

// TestOneRequestIsOneVisit hands payloads on two seconds after each other.
func TestOneRequestIsOneVisit(t *testing.T) {
	fanOut := func(id byte, path string) []hopSpan {
		return []hopSpan{
			{service: "edge", id: id, parent: 1, kind: clientSpan, path: path},
			{service: path, id: id + 1, parent: id, kind: serverSpan, path: path},
		}
	}
	fetch := hopSpan{service: "page", id: 8, kind: clientSpan, path: "/"}
	fetched := func(id byte, path string) hopSpan {
		return hopSpan{service: "app", id: id, parent: 8, kind: serverSpan, path: path}
	}
	load := hopSpan{service: "load", id: 7, kind: clientSpan, path: "/"}
	loaded := hopSpan{service: "app", id: 3, parent: 7, kind: serverSpan, path: "/l"}
	with := func(of []hopSpan, more ...[]hopSpan) []hopSpan {
		for _, m := range more {
			of = append(slices.Clip(of), m...)
		}
		return of
	}
	for name, c := range map[string]struct {
		payloads [][]hopSpan
		want     []string
	}{
		"proxy and application in one payload": {[][]hopSpan{{edge, call, app}}, []string{"/p"}},
		"the application comes first":          {[][]hopSpan{{app}, {edge, call}}, []string{"/p"}},
		"the application comes last":           {[][]hopSpan{{edge, call}, {app}}, []string{"/p"}},
		"each span alone, inwards":             {[][]hopSpan{{edge}, {call}, {app}}, []string{"/p"}},
		"each span alone, outwards":            {[][]hopSpan{{app}, {call}, {edge}}, []string{"/p"}},
		"a proxy without spans of its calls":   {[][]hopSpan{{{service: "app", id: 3, parent: 1, kind: serverSpan, path: "/p"}}, {edge}}, []string{"/p"}},
		"calls to five services":               {[][]hopSpan{with(fanOut(10, "/a"), fanOut(12, "/b"), fanOut(14, "/c")), with(fanOut(16, "/d"), fanOut(18, "/e")), {edge}}, []string{"/p"}},
		"a page's fetches, batched":            {[][]hopSpan{{fetch, fetched(3, "/x"), fetched(4, "/y"), fetched(5, "/z")}}, []string{"/x", "/y", "/z"}},
		"a page and a server of one name":      {[][]hopSpan{{fetch, fetched(3, "/x")}, {fetched(4, "/y")}}, []string{"/x", "/y"}},
		"a load generator":                     {[][]hopSpan{{load, loaded}}, []string{"/l"}},
		"a client's traceparent":               {[][]hopSpan{{{service: "app", id: 3, parent: 99, kind: serverSpan, path: "/t"}}}, []string{"/t"}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				api := fakeapi.New(fakeapi.Settings{})
				r := directRig(t, api, nil, asItIs)
				for _, p := range c.payloads {
					require.NoError(t, r.traces.ConsumeTraces(t.Context(), hopTraces(p...)))
					<-time.After(2 * time.Second)
				}
				<-time.After(time.Minute)
				assert.ElementsMatch(t, c.want, deliveredPaths(api))
				r.shutdown(t)
				assert.Len(t, api.KnownAgentsVisits(), len(c.want))
			})
		})
	}
}

func TestAVisitThatWaitedHasItsOwnTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api := fakeapi.New(fakeapi.Settings{})
		r := directRig(t, api, nil, asItIs)
		require.NoError(t, r.traces.ConsumeTraces(t.Context(), hopTraces(app)))
		<-time.After(14 * time.Second)
		assert.Empty(t, deliveredPaths(api))
		<-time.After(7 * time.Second) // 15s and the queue's 5s
		visits := api.KnownAgentsVisits()
		require.Len(t, visits, 1)
		assert.Equal(t, "2000-01-01T00:00:00.001Z", visits[0].Created)
		assert.EqualValues(t, 1, r.sum(t, "otelcol_exporter_agent_visits_waited", "outcome", "visit"))
		r.shutdown(t)
	})
}

// TestABareRootWaitsForWhatCompletesIt: a proxy that records no headers may send its
// spans before the application does. Once an application has completed a visit, or could
// have, the proxy's visits wait for it.
func TestABareRootWaitsForWhatCompletesIt(t *testing.T) {
	request := func(trace byte) (edges, apps ptrace.Traces) {
		bare, inner := edge, app
		bare.without = []string{"user_agent.original"}
		inner.with = map[string]any{"user_agent.original": "GPTBot/1." + string('0'+trace)}
		edges, apps = hopTraces(bare, call), hopTraces(inner)
		for _, td := range []ptrace.Traces{edges, apps} {
			for _, rs := range td.ResourceSpans().All() {
				rs.ScopeSpans().At(0).Spans().At(0).SetTraceID(pcommon.TraceID{trace})
			}
		}
		return edges, apps
	}
	for name, c := range map[string]struct {
		isLate bool // the first application's spans
		set    func(*Config)
		want   []string
	}{
		"which came before another":        {false, asItIs, []string{"GPTBot/1.1", "GPTBot/1.2"}},
		"which came after another":         {true, asItIs, []string{"", "GPTBot/1.2"}},
		"which says who another was later": {true, onlyAgents, []string{"GPTBot/1.2"}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				api := fakeapi.New(fakeapi.Settings{})
				r := directRig(t, api, nil, c.set)
				first, second := request(1)
				if !c.isLate {
					first, second = second, first
				}
				require.NoError(t, r.traces.ConsumeTraces(t.Context(), first))
				<-time.After(time.Second)
				require.NoError(t, r.traces.ConsumeTraces(t.Context(), second))
				edges, apps := request(2)
				require.NoError(t, r.traces.ConsumeTraces(t.Context(), edges))
				<-time.After(10 * time.Second)
				require.NoError(t, r.traces.ConsumeTraces(t.Context(), apps))
				<-time.After(time.Minute)
				agents := []string{}
				for _, v := range api.KnownAgentsVisits() {
					agents = append(agents, v.RequestHeaders["user-agent"])
				}
				assert.Equal(t, c.want, agents)
				assert.EqualValues(t, 1, r.sum(t, "otelcol_exporter_agent_visits_waited", "outcome", "bare"))
				r.shutdown(t)
			})
		})
	}
}

// TestAnInnerHopSaysWhoTheVisitorOfABareVisitIs: visits::who goes by what is known then.
func TestAnInnerHopSaysWhoTheVisitorOfABareVisitIs(t *testing.T) {
	bare := edge
	bare.without = []string{"user_agent.original"}
	called := bare
	called.parent = 99
	by := func(agent string) hopSpan {
		inner := app
		inner.with = map[string]any{"user_agent.original": agent}
		return inner
	}
	const agent, person = "GPTBot/1.2", "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0"
	for name, c := range map[string]struct {
		payloads [][]hopSpan
		want     []string
		skipped  int // as visitor_excluded
	}{
		"an agent":                   {[][]hopSpan{{bare, call, by(agent)}}, []string{"/p"}, 0},
		"an agent, before":           {[][]hopSpan{{by(agent)}, {bare, call}}, []string{"/p"}, 0},
		"an agent, while it waits":   {[][]hopSpan{{called, call}, {by(agent)}}, []string{"/p"}, 0},
		"a person":                   {[][]hopSpan{{bare, call, by(person)}}, nil, 2},
		"a person, while it waits":   {[][]hopSpan{{called, call}, {by(person)}}, nil, 2},
		"nobody":                     {[][]hopSpan{{bare}}, nil, 1},
		"nobody, after it waited":    {[][]hopSpan{{called}}, nil, 1},
		"an agent who is seen alone": {[][]hopSpan{{by(agent)}}, []string{"/p"}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			for queueName, disk := range bothQueues() {
				synctest.Test(t, func(t *testing.T) {
					api := fakeapi.New(fakeapi.Settings{})
					r := directRig(t, api, disk, func(c *Config) { c.Visits.Privacy.Who = "agents" })
					for _, p := range c.payloads {
						require.NoError(t, r.traces.ConsumeTraces(t.Context(), hopTraces(p...)))
						<-time.After(time.Second)
					}
					<-time.After(time.Minute)
					assert.Equal(t, c.want, deliveredPaths(api), queueName)
					assert.EqualValues(t, c.skipped, r.sum(t, "otelcol_exporter_agent_visits_skipped", "reason", "visitor_excluded"), queueName)
					r.shutdown(t)
				})
			}
		})
	}
}
