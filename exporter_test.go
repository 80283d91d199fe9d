// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/consumer/consumererror"
	"go.opentelemetry.io/collector/exporter"
	"go.opentelemetry.io/collector/exporter/exporterhelper"
	"go.opentelemetry.io/collector/exporter/exportertest"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/agentvisits/agentvisitsexporter/internal/destination"
	"github.com/agentvisits/agentvisitsexporter/internal/dev/fakeapi"
	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
	"github.com/agentvisits/agentvisitsexporter/internal/metadata"
	"github.com/agentvisits/agentvisitsexporter/internal/queue"
	"github.com/agentvisits/agentvisitsexporter/internal/telemetry"
	"github.com/agentvisits/agentvisitsexporter/internal/visit"
)

func knownAgentsConfig(endpoint string) *Config {
	cfg := createDefaultConfig().(*Config)
	cfg.ClientConfig.Endpoint = endpoint
	cfg.KnownAgents = &destination.KnownAgentsConfig{AccessToken: fixture.Token}
	return cfg
}

func scrunchConfig(endpoint string) *Config {
	cfg := createDefaultConfig().(*Config)
	cfg.ClientConfig.Endpoint = endpoint
	cfg.Scrunch = &destination.ScrunchConfig{SiteID: fixture.SiteID, APIKey: fixture.Key}
	return cfg
}

// rig is an exporter of both signals as the Collector would make it.
type rig struct {
	traces    exporter.Traces
	logs      exporter.Logs
	telemetry *componenttest.Telemetry
	observed  *observer.ObservedLogs
	host      component.Host
}

func newRig(t *testing.T, cfg *Config, host component.Host) *rig {
	t.Helper()
	core, observed := observer.New(zap.InfoLevel)
	r := &rig{telemetry: componenttest.NewTelemetry(), observed: observed, host: host}
	set := exportertest.NewNopSettings(metadata.Type)
	set.TelemetrySettings = r.telemetry.NewTelemetrySettings()
	set.Logger = zap.New(core)
	require.NoError(t, confmap.Validate(cfg))
	factory := NewFactory()
	var err error
	r.traces, err = factory.CreateTraces(t.Context(), set, cfg)
	require.NoError(t, err)
	r.logs, err = factory.CreateLogs(t.Context(), set, cfg)
	require.NoError(t, err)
	require.NoError(t, r.traces.Start(t.Context(), host))
	require.NoError(t, r.logs.Start(t.Context(), host))
	return r
}

func (r *rig) shutdown(t *testing.T) {
	t.Helper()
	require.NoError(t, r.traces.Shutdown(context.Background()))
	require.NoError(t, r.logs.Shutdown(context.Background()))
	require.NoError(t, r.telemetry.Shutdown(context.Background()))
}

// sum adds up a counter's points that have the attribute's value.
func (r *rig) sum(t *testing.T, metric, key, value string) int64 {
	t.Helper()
	return fixture.Sum(t, r.telemetry, metric, key, value)
}

func TestSpansAndLogRecordsArriveAtBothDestinations(t *testing.T) {
	api := fixture.Listen(t)
	for _, cfg := range []*Config{knownAgentsConfig(api.URL()), scrunchConfig(api.URL())} {
		r := newRig(t, cfg, componenttest.NewNopHost())
		require.NoError(t, r.traces.ConsumeTraces(t.Context(), fixture.NewTraces("/a", "/b")))
		require.NoError(t, r.logs.ConsumeLogs(t.Context(), fixture.NewLogs("/c?d=e")))
		r.shutdown(t)
	}
	var paths, urls []string
	for _, v := range api.KnownAgentsVisits() {
		paths = append(paths, v.RequestPath)
	}
	for _, v := range api.ScrunchVisits() {
		urls = append(urls, v.URL)
	}
	assert.ElementsMatch(t, []string{"/a", "/b", "/c?d=e"}, paths)
	assert.ElementsMatch(t, []string{"https://www.example.com/a", "https://www.example.com/b", "https://www.example.com/c?d=e"}, urls)
}

func TestThePayloadIsNeitherChangedNorClaimed(t *testing.T) {
	r := newRig(t, knownAgentsConfig(fixture.Listen(t).URL()), componenttest.NewNopHost())
	defer r.shutdown(t)
	assert.False(t, r.traces.Capabilities().MutatesData)
	assert.False(t, r.logs.Capabilities().MutatesData)

	td := fixture.NewTraces("/a", "/b")
	td.MarkReadOnly()
	require.NoError(t, r.traces.ConsumeTraces(t.Context(), td))
	assert.Equal(t, fixture.NewTraces("/a", "/b").ResourceSpans().At(0).ScopeSpans().At(0).Spans().At(1).Attributes().AsRaw(),
		td.ResourceSpans().At(0).ScopeSpans().At(0).Spans().At(1).Attributes().AsRaw())
}

func TestAPayloadWithoutVisitsReachesNoQueue(t *testing.T) {
	api := fixture.Listen(t)
	r := newRig(t, knownAgentsConfig(api.URL()), componenttest.NewNopHost())
	td := fixture.NewTraces("/style.css")
	td.ResourceSpans().At(0).ScopeSpans().At(0).Spans().AppendEmpty()
	require.NoError(t, r.traces.ConsumeTraces(t.Context(), td))
	require.NoError(t, r.traces.ConsumeTraces(t.Context(), ptrace.NewTraces()))
	require.NoError(t, r.logs.ConsumeLogs(t.Context(), plog.NewLogs()))

	_, err := r.telemetry.GetMetric("otelcol_exporter_queue_batch_send_size")
	require.Error(t, err, "nothing was offered to the queue")
	assert.EqualValues(t, 1, r.sum(t, "otelcol_exporter_agent_visits_skipped", "reason", "static_asset"))
	assert.EqualValues(t, 1, r.sum(t, "otelcol_exporter_agent_visits_skipped", "reason", "not_server_span"))
	r.shutdown(t)
	assert.Empty(t, api.Requests(fakeapi.KnownAgents))
}

func TestCountersAreThereBeforeTheFirstVisit(t *testing.T) {
	r := newRig(t, scrunchConfig(fixture.Listen(t).URL()), componenttest.NewNopHost())
	defer r.shutdown(t)
	points := func(metric string) int {
		got, err := r.telemetry.GetMetric(metric)
		require.NoError(t, err)
		return len(got.Data.(metricdata.Sum[int64]).DataPoints)
	}
	const signals = 2
	assert.Equal(t, signals, points("otelcol_exporter_agent_visits_sent"))
	assert.Equal(t, signals*(int(visit.SkipReasonCount)-1), points("otelcol_exporter_agent_visits_skipped"))
	assert.Equal(t, signals*len(telemetry.DropReasons), points("otelcol_exporter_agent_visits_dropped"))
	assert.Equal(t, signals*5, points("otelcol_exporter_agent_visits_requests"))
}

func TestTheMemoryOfDeliveredVisitsIsUsedAgain(t *testing.T) {
	api := fixture.Listen(t)
	r := newRig(t, knownAgentsConfig(api.URL()), componenttest.NewNopHost())
	paths := make([]string, 1000) // so many are worth a buffer of their own, which fits them closely
	for i := range paths {
		paths[i] = fmt.Sprintf("/%d", i)
	}
	e := r.traces.(*tracesExporter)
	translate := func() *queue.Batch { return e.intake.fromTraces(t.Context(), fixture.NewTraces(paths...)) }
	// visits is where the visits of a batch lie, between the parts that begin and end a body.
	visits := func(b *queue.Batch) *byte { return &b.BodyParts()[1][0] }

	delivered := translate()
	first := visits(delivered)
	assert.NotSame(t, first, visits(translate()), "the buffer is in use")
	require.NoError(t, e.offer(t.Context(), delivered))
	r.shutdown(t)
	require.Len(t, api.KnownAgentsVisits(), len(paths))
	assert.Same(t, first, visits(translate()))
}

// smallQueue makes a queue that a few payloads fill, in front of an API that does
// not answer before it is released.
func smallQueue(t *testing.T, api *fakeapi.Server) (cfg *Config, release func()) {
	t.Helper()
	hang := make(chan struct{})
	release = sync.OnceFunc(func() { close(hang) })
	t.Cleanup(release)
	api.Script(fakeapi.KnownAgents, fakeapi.Step{Hang: hang, Times: fakeapi.Forever})
	cfg = knownAgentsConfig(api.URL())
	const leastBatch = 2 * visit.MaxVisitBytes
	queue := cfg.QueueConfig.Get()
	queue.QueueSize = 2 * leastBatch
	queue.NumConsumers = 1
	queue.Batch.Get().MinSize, queue.Batch.Get().MaxSize = leastBatch, leastBatch
	return cfg, release
}

// fill offers payloads until the queue refuses one or the limit is reached.
func fill(t *testing.T, consume func() error, full func() bool) error {
	t.Helper()
	for range 10_000 {
		if err := consume(); err != nil || full() {
			return err
		}
	}
	t.Fatal("the queue never got full")
	return nil
}

func TestAFullQueueDropsTheNewestVisitsAndTellsThePipelineNothing(t *testing.T) {
	api := fixture.Listen(t)
	cfg, release := smallQueue(t, api)
	r := newRig(t, cfg, componenttest.NewNopHost())
	dropped := func() int64 { return r.sum(t, "otelcol_exporter_agent_visits_dropped", "reason", "queue_full") }
	err := fill(t, func() error { return r.traces.ConsumeTraces(t.Context(), fixture.NewTraces("/a", "/b", "/c")) }, func() bool { return dropped() > 0 })
	require.NoError(t, err)
	require.NoError(t, r.traces.ConsumeTraces(t.Context(), fixture.NewTraces("/a", "/b", "/c")))
	assert.EqualValues(t, 6, dropped())
	assert.Equal(t, 1, r.observed.FilterMessageSnippet("Dropping new visits until").Len(), "once an episode")
	assert.Zero(t, r.observed.FilterMessageSnippet("Exporting failed. Rejecting data.").Len())
	release()
	r.shutdown(t)
}

func TestWithBackpressureAFullQueueReturnsTheError(t *testing.T) {
	api := fixture.Listen(t)
	cfg, release := smallQueue(t, api)
	cfg.Backpressure = true
	r := newRig(t, cfg, componenttest.NewNopHost())
	err := fill(t, func() error { return r.logs.ConsumeLogs(t.Context(), fixture.NewLogs("/a", "/b", "/c")) }, func() bool { return false })
	require.ErrorIs(t, err, exporterhelper.ErrQueueIsFull)
	assert.False(t, consumererror.IsPermanent(err), "receivers may offer it again")
	assert.Zero(t, r.sum(t, "otelcol_exporter_agent_visits_dropped", "reason", "queue_full"))
	release()
	r.shutdown(t)
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
