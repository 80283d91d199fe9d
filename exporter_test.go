// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/consumer/consumererror"
	"go.opentelemetry.io/collector/exporter"
	"go.opentelemetry.io/collector/exporter/exporterhelper"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fakeapi"
	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
	"github.com/agentvisits/agentvisitsexporter/internal/queue"
	"github.com/agentvisits/agentvisitsexporter/internal/telemetry"
	"github.com/agentvisits/agentvisitsexporter/internal/visit"
)

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
	translate := func() *queue.Batch { return batchOf(e.intake.fromTraces(t.Context(), fixture.NewTraces(paths...))) }
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

// TestAPayloadThatExceedsTheWholeQueueIsDroppedAsByAFullOne promises the remedy that helps:
// no disk is at fault, and the queue is too small.
func TestAPayloadThatExceedsTheWholeQueueIsDroppedAsByAFullOne(t *testing.T) {
	for name, disk := range bothQueues() {
		t.Run(name, func(t *testing.T) {
			r := directRig(t, fakeapi.New(fakeapi.Settings{}), disk, func(c *Config) { c.QueueConfig.Get().QueueSize = 2 * defaultMaxBatchBytes })
			require.NoError(t, r.traces.ConsumeTraces(t.Context(), fixture.VisitTraces(6000)))
			assert.EqualValues(t, 6000, r.sum(t, "otelcol_exporter_agent_visits_dropped", "reason", "queue_full"))
			assert.Equal(t, 1, r.observed.FilterMessageSnippet("sending_queue::queue_size is too small").Len())
			r.shutdown(t)
		})
	}
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

// newTestExporter is an exporter of spans without a helper behind it, for a queue
// that may coalesce payloads.
func newTestExporter(t *testing.T, coalesces bool) *signalExporter[ptrace.Traces, exporter.Traces] {
	t.Helper()
	in := newTestIntake(t, knownAgentsConfig(""))
	to := destinationOf(knownAgentsConfig(""))
	in.memory = queue.NewMemory(&to.Framing, coalesces, func(err error, _ int) { t.Error(err) })
	return &signalExporter[ptrace.Traces, exporter.Traces]{intake: in, memory: in.memory, counters: in.counters, logger: in.logger}
}

func TestAQueueThatIsFullNowAndThenIsLoggedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const episodeEnd = 10 * time.Second // without a drop, as internal/queue has it
		core, logs := observer.New(zap.InfoLevel)
		e := newTestExporter(t, false)
		e.logger = zap.New(core)
		settle := func(err error) {
			assert.NoError(t, e.settle(t.Context(), batchOf(e.intake.fromTraces(t.Context(), fixture.VisitTraces(3))), err))
		}
		full := errors.New("full")
		for range 100 {
			settle(full)
			<-time.After(episodeEnd / 100)
			settle(nil)
		}
		assert.Equal(t, 1, logs.Len(), "while it goes on")

		<-time.After(episodeEnd)
		for range 2 {
			settle(nil)
		}
		ended := logs.FilterMessage("The queue takes visits again.").All()
		if assert.Len(t, ended, 1) {
			assert.EqualValues(t, 300, ended[0].ContextMap()["dropped_visits"])
		}
		settle(full)
		assert.Equal(t, 3, logs.Len(), "the next episode")
	})
}

// TestBatchesThatTheQueueRefusedDoNotWait: while enough visits wait, small payloads
// are coalesced, and their batch is queued with the size that it can reach.
func TestBatchesThatTheQueueRefusedDoNotWait(t *testing.T) {
	for name, c := range map[string]struct {
		err       error
		coalesces bool
	}{
		"queued":  {nil, true},
		"refused": {errors.New("full"), false},
	} {
		t.Run(name, func(t *testing.T) {
			e := newTestExporter(t, true)
			for range 40 { // 10 kB each
				assert.NoError(t, e.settle(t.Context(), batchOf(e.intake.fromTraces(t.Context(), fixture.VisitTraces(30))), c.err))
			}
			next := batchOf(e.intake.fromTraces(t.Context(), fixture.VisitTraces(1)))
			assert.Equal(t, c.coalesces, next.BytesSize() > 10_000)
		})
	}
}
