// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
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
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/agentvisits/agentvisitsexporter/internal/fakeapi"
	"github.com/agentvisits/agentvisitsexporter/internal/metadata"
)

const (
	testToken  = "test-token"
	testSiteID = "01ARZ3NDEKTSV4RRFFQ69G5FAV"
	testKey    = "test-key"
)

// listen starts the stand-in of both APIs for one test.
func listen(t *testing.T) *fakeapi.Server {
	t.Helper()
	api, err := fakeapi.Listen("127.0.0.1:0", fakeapi.Settings{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, api.Close()) })
	return api
}

func knownAgentsConfig(endpoint string) *Config {
	cfg := createDefaultConfig().(*Config)
	cfg.ClientConfig.Endpoint = endpoint
	cfg.KnownAgents = &KnownAgentsConfig{AccessToken: testToken}
	return cfg
}

func scrunchConfig(endpoint string) *Config {
	cfg := createDefaultConfig().(*Config)
	cfg.ClientConfig.Endpoint = endpoint
	cfg.Scrunch = &ScrunchConfig{SiteID: testSiteID, APIKey: testKey}
	return cfg
}

// serverSpan adds a span as otelhttp writes it.
func serverSpan(to ptrace.SpanSlice, path string) ptrace.Span {
	span := to.AppendEmpty()
	span.SetKind(ptrace.SpanKindServer)
	start := time.Date(2026, 5, 4, 9, 15, 2, 120e6, time.UTC)
	span.SetStartTimestamp(pcommon.NewTimestampFromTime(start))
	span.SetEndTimestamp(pcommon.NewTimestampFromTime(start.Add(38 * time.Millisecond)))
	attributes := span.Attributes()
	attributes.PutStr("http.request.method", "GET")
	attributes.PutStr("url.scheme", "https")
	attributes.PutStr("url.path", path)
	attributes.PutStr("server.address", "www.example.com")
	attributes.PutStr("client.address", "192.0.2.10")
	attributes.PutStr("user_agent.original", "ExampleBot/1.0")
	attributes.PutInt("http.response.status_code", 200)
	return span
}

func newTraces(paths ...string) ptrace.Traces {
	td := ptrace.NewTraces()
	spans := td.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty().Spans()
	for _, path := range paths {
		serverSpan(spans, path)
	}
	return td
}

func newLogs(paths ...string) plog.Logs {
	ld := plog.NewLogs()
	records := ld.ResourceLogs().AppendEmpty().ScopeLogs().AppendEmpty().LogRecords()
	for _, path := range paths {
		record := records.AppendEmpty()
		record.SetTimestamp(pcommon.NewTimestampFromTime(time.Date(2026, 5, 4, 9, 15, 2, 0, time.UTC)))
		attributes := record.Attributes()
		attributes.PutStr("request_method", "GET")
		attributes.PutStr("request_uri", path)
		attributes.PutStr("status", "200")
		attributes.PutStr("http_host", "www.example.com")
		attributes.PutStr("http_user_agent", "ExampleBot/1.0")
	}
	return ld
}

// rig is an exporter of both signals as the Collector would make it.
type rig struct {
	traces    exporter.Traces
	logs      exporter.Logs
	telemetry *componenttest.Telemetry
	observed  *observer.ObservedLogs
}

func newRig(t *testing.T, cfg *Config, host component.Host) *rig {
	t.Helper()
	core, observed := observer.New(zap.InfoLevel)
	r := &rig{telemetry: componenttest.NewTelemetry(), observed: observed}
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
	return sumOf(t, r.telemetry, metric, key, value)
}

func sumOf(t *testing.T, telemetry *componenttest.Telemetry, metric, key, value string) int64 {
	t.Helper()
	got, err := telemetry.GetMetric(metric)
	require.NoError(t, err)
	var sum int64
	for _, point := range got.Data.(metricdata.Sum[int64]).DataPoints {
		if found, ok := point.Attributes.Value(attribute.Key(key)); ok && found.AsString() == value {
			sum += point.Value
		}
	}
	return sum
}

func TestSpansAndLogRecordsArriveAtBothDestinations(t *testing.T) {
	api := listen(t)
	for _, cfg := range []*Config{knownAgentsConfig(api.URL()), scrunchConfig(api.URL())} {
		r := newRig(t, cfg, componenttest.NewNopHost())
		require.NoError(t, r.traces.ConsumeTraces(t.Context(), newTraces("/a", "/b")))
		require.NoError(t, r.logs.ConsumeLogs(t.Context(), newLogs("/c?d=e")))
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
	r := newRig(t, knownAgentsConfig(listen(t).URL()), componenttest.NewNopHost())
	defer r.shutdown(t)
	assert.False(t, r.traces.Capabilities().MutatesData)
	assert.False(t, r.logs.Capabilities().MutatesData)

	td := newTraces("/a", "/b")
	td.MarkReadOnly()
	require.NoError(t, r.traces.ConsumeTraces(t.Context(), td))
	assert.Equal(t, newTraces("/a", "/b").ResourceSpans().At(0).ScopeSpans().At(0).Spans().At(1).Attributes().AsRaw(),
		td.ResourceSpans().At(0).ScopeSpans().At(0).Spans().At(1).Attributes().AsRaw())
}

func TestAPayloadWithoutVisitsReachesNoQueue(t *testing.T) {
	api := listen(t)
	r := newRig(t, knownAgentsConfig(api.URL()), componenttest.NewNopHost())
	td := newTraces("/style.css")
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
	r := newRig(t, scrunchConfig(listen(t).URL()), componenttest.NewNopHost())
	defer r.shutdown(t)
	points := func(metric string) int {
		got, err := r.telemetry.GetMetric(metric)
		require.NoError(t, err)
		return len(got.Data.(metricdata.Sum[int64]).DataPoints)
	}
	const signals = 2
	assert.Equal(t, signals, points("otelcol_exporter_agent_visits_sent"))
	assert.Equal(t, signals*(int(skipReasonCount)-1), points("otelcol_exporter_agent_visits_skipped"))
	assert.Equal(t, signals*int(dropReasonCount), points("otelcol_exporter_agent_visits_dropped"))
	assert.Equal(t, signals*5, points("otelcol_exporter_agent_visits_requests"))
}

func TestTheMemoryOfDeliveredVisitsIsUsedAgain(t *testing.T) {
	api := listen(t)
	r := newRig(t, knownAgentsConfig(api.URL()), componenttest.NewNopHost())
	paths := make([]string, 100) // more than a chunk that is worth a place of its own
	for i := range paths {
		paths[i] = fmt.Sprintf("/%d", i)
	}
	require.NoError(t, r.traces.ConsumeTraces(t.Context(), newTraces(paths...)))
	r.shutdown(t)
	assert.Len(t, r.traces.(*tracesExporter).intake.memory.buffers.buffers, 1)
	assert.Len(t, api.KnownAgentsVisits(), len(paths))
}

// smallQueue makes a queue that a few payloads fill, in front of an API that
// does not answer.
func smallQueue(t *testing.T, api *fakeapi.Server) *Config {
	t.Helper()
	hang := make(chan struct{})
	t.Cleanup(func() { close(hang) })
	api.Script(fakeapi.KnownAgents, fakeapi.Step{Hang: hang, Times: fakeapi.Forever})
	cfg := knownAgentsConfig(api.URL())
	queue := cfg.QueueConfig.Get()
	queue.QueueSize = 2 * minBatchBytes
	queue.NumConsumers = 1
	queue.Batch.Get().MinSize, queue.Batch.Get().MaxSize = minBatchBytes, minBatchBytes
	return cfg
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
	api := listen(t)
	r := newRig(t, smallQueue(t, api), componenttest.NewNopHost())
	dropped := func() int64 { return r.sum(t, "otelcol_exporter_agent_visits_dropped", "reason", "queue_full") }
	err := fill(t, func() error { return r.traces.ConsumeTraces(t.Context(), newTraces("/a", "/b", "/c")) }, func() bool { return dropped() > 0 })
	require.NoError(t, err)
	require.NoError(t, r.traces.ConsumeTraces(t.Context(), newTraces("/a", "/b", "/c")))
	assert.EqualValues(t, 6, dropped())
	assert.Equal(t, 1, r.observed.FilterMessageSnippet("Dropping new visits until").Len(), "once an episode")
	assert.Zero(t, r.observed.FilterMessageSnippet(filteredMessage).Len())
	hastyShutdown(t, r)
}

func TestWithBackpressureAFullQueueReturnsTheError(t *testing.T) {
	api := listen(t)
	cfg := smallQueue(t, api)
	cfg.Backpressure = true
	r := newRig(t, cfg, componenttest.NewNopHost())
	err := fill(t, func() error { return r.logs.ConsumeLogs(t.Context(), newLogs("/a", "/b", "/c")) }, func() bool { return false })
	require.ErrorIs(t, err, exporterhelper.ErrQueueIsFull)
	assert.False(t, consumererror.IsPermanent(err), "receivers may offer it again")
	assert.Zero(t, r.sum(t, "otelcol_exporter_agent_visits_dropped", "reason", "queue_full"))
	hastyShutdown(t, r)
}

// hastyShutdown does not wait for an API that hangs.
func hastyShutdown(t *testing.T, r *rig) {
	t.Helper()
	r.traces.(*tracesExporter).delivery.stop(errStopped)
	r.logs.(*logsExporter).delivery.stop(errStopped)
	r.shutdown(t)
}
