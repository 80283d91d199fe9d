// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/exporter/exportertest"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/pipeline"

	"github.com/agentvisits/agentvisitsexporter/internal/destination"
	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
	"github.com/agentvisits/agentvisitsexporter/internal/metadata"
	"github.com/agentvisits/agentvisitsexporter/internal/queue"
	"github.com/agentvisits/agentvisitsexporter/internal/sites"
	"github.com/agentvisits/agentvisitsexporter/internal/telemetry"
	"github.com/agentvisits/agentvisitsexporter/internal/translate"
	"github.com/agentvisits/agentvisitsexporter/internal/visit"
)

// newTestIntake is an intake as the factory makes it, without the queue behind.
func newTestIntake(tb testing.TB, cfg *Config) *intake {
	tb.Helper()
	set := exportertest.NewNopSettings(metadata.Type)
	meters := componenttest.NewTelemetry()
	tb.Cleanup(func() { require.NoError(tb, meters.Shutdown(context.Background())) })
	set.MeterProvider = meters.NewTelemetrySettings().MeterProvider
	to := destinationOf(cfg)
	counters, err := telemetry.New(set, pipeline.SignalTraces, to.Name)
	require.NoError(tb, err)
	return newIntake(cfg, to, sites.One(destination.NewSite(to, "")), queue.NewDiskMemory(&to.Framing), counters, set.Logger)
}

func TestAMissingMethodIsNamed(t *testing.T) {
	in := newTestIntake(t, knownAgentsConfig(""))
	core, logs := observer.New(zap.DebugLevel)
	in.explainer = translate.NewExplainer(zap.New(core))
	td := ptrace.NewTraces()
	span := td.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty().Spans().AppendEmpty()
	span.SetKind(ptrace.SpanKindServer)
	span.Attributes().PutStr("url.path", "/")
	batchOf(in.fromTraces(context.Background(), td))
	assert.Equal(t, []any{"method", "status", "host", "user agent", "client address"}, logs.All()[0].ContextMap()["missing"])
}

// TestAHeaderServesAllGoroutines: each payload is translated by another translator if
// several arrive at once.
func TestAHeaderServesAllGoroutines(t *testing.T) {
	in := newTestIntake(t, knownAgentsConfig(""))
	lines := func(text string) plog.Logs { return fixture.NewLines(fixture.Arrival, []byte(text)) }
	assert.Nil(t, batchOf(in.fromLogs(t.Context(), lines("#Fields: date time sc-status cs-uri-stem cs-method"))))
	first := in.scratches.Get() // is busy with another payload
	defer in.scratches.Put(first)
	batch := batchOf(in.fromLogs(t.Context(), lines("2026-05-04 09:15:02 200 /p GET")))
	require.NotNil(t, batch)
	assert.Equal(t, 1, batch.ItemsCount())
}

func TestAWithheldAddressIsWarnedOfOnce(t *testing.T) {
	for name, c := range map[string]struct {
		chain string
		want  int
	}{
		"the chain was not captured": {"", 1},
		"the chain was captured":     {"198.51.100.9", 0},
		"the chain has no address":   {"proxy.example.com", 0},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := knownAgentsConfig(fixture.Listen(t).URL())
			cfg.Visits.ClientIP.TrustedProxies = []string{"10.0.0.0/8"}
			r := newRig(t, cfg, componenttest.NewNopHost())
			for range 3 {
				td := fixture.NewTraces("/a", "/b")
				for _, span := range td.ResourceSpans().At(0).ScopeSpans().At(0).Spans().All() {
					span.Attributes().PutStr("network.peer.address", "10.0.0.7")
					span.Attributes().PutStr("client.address", "66.249.66.1")
					if c.chain != "" {
						span.Attributes().PutStr("http.request.header.x-forwarded-for", c.chain)
					}
				}
				require.NoError(t, r.traces.ConsumeTraces(t.Context(), td))
			}
			r.shutdown(t)
			assert.Equal(t, c.want, r.observed.FilterMessageSnippet("Capture x-forwarded-for").Len())
		})
	}
}

func TestEachCutIsCountedOnce(t *testing.T) {
	long := strings.Repeat("x", visit.MaxTargetBytes)
	for name, c := range map[string]struct {
		attributes map[string]string
		want       int
	}{
		"nothing":                   {map[string]string{"url.path": "/a", "url.query": "b=1"}, 0},
		"a target that just fits":   {map[string]string{"url.path": "/" + long[1:]}, 0},
		"the path":                  {map[string]string{"url.path": "/" + long}, 1},
		"the query":                 {map[string]string{"url.path": "/a", "url.query": "b=" + long}, 1},
		"the path and a header":     {map[string]string{"url.path": "/" + long, "http.request.header.referer": "https://example.org/" + long}, 1},
		"a header":                  {map[string]string{"url.path": "/a", "http.request.header.accept": long + "y"}, 1},
		"a path by its escapes":     {map[string]string{"url.path": "/" + strings.Repeat("é", visit.MaxTargetBytes/4)}, 1},
		"a secret that shrinks":     {map[string]string{"url.path": "/a", "url.query": "token=" + long}, 0},
		"a path with no room for ?": {map[string]string{"url.path": "/" + long[1:], "url.query": "b=1"}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, knownAgentsConfig(fixture.Listen(t).URL()), componenttest.NewNopHost())
			td := fixture.NewTraces("/a")
			for key, text := range c.attributes {
				td.ResourceSpans().At(0).ScopeSpans().At(0).Spans().At(0).Attributes().PutStr(key, text)
			}
			require.NoError(t, r.traces.ConsumeTraces(t.Context(), td))
			assert.EqualValues(t, c.want, fixture.Sum(t, r.telemetry, fixture.ExporterMetric("truncated")))
			r.shutdown(t)
		})
	}
}
