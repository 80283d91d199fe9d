// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package queue

import (
	"context"
	"encoding/json"
	"errors"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/config/configoptional"
	"go.opentelemetry.io/collector/exporter/exporterhelper"
	"go.opentelemetry.io/collector/exporter/exportertest"

	"github.com/agentvisits/agentvisitsexporter"
	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
	"github.com/agentvisits/agentvisitsexporter/internal/dev/fakeapi"
	"github.com/agentvisits/agentvisitsexporter/internal/metadata"
)

// coalescingIntake is an intake before a queue in which so many bytes wait.
func coalescingIntake(t *testing.T, waiting int) *agentvisitsexporter.intake {
	t.Helper()
	in := agentvisitsexporter.newTestIntake(t, agentvisitsexporter.knownAgentsConfig(""))
	in.memory = testMemory(t, true, waiting)
	return in
}

// testMemory is the memory of a queue in which so many bytes wait.
func testMemory(t *testing.T, coalesces bool, waiting int) *Memory {
	t.Helper()
	m := NewMemory(&destinationsForTests()["known_agents"].Framing, coalesces, func(err error, visits int) { t.Errorf("%d visits: %v", visits, err) })
	m.waiting = waiting
	return m
}

// offer hands the intake a payload of one visit, and the queue what comes of it.
// It returns nil if that was nothing.
func offer(in *agentvisitsexporter.intake, visit int, queueError error) *Batch {
	b := in.fromTraces(context.Background(), fixture.VisitTracesFrom(visit, 1))
	if b != nil {
		_ = in.settle(context.Background(), b, queueError)
	}
	return b
}

func pathsOf(t *testing.T, b *Batch) (paths []string) {
	t.Helper()
	for _, visit := range visitsOf(t, b) {
		var v fakeapi.KnownAgentsVisit
		require.NoError(t, json.Unmarshal([]byte(visit), &v))
		paths = append(paths, v.RequestPath)
	}
	return paths
}

func TestSmallPayloadsAreCoalescedWhileOthersWait(t *testing.T) {
	in := coalescingIntake(t, coalesceAbove+1)
	first := offer(in, 0, nil)
	require.NotNil(t, first)
	assert.Equal(t, in.destination.Framing.BodySize(coalescedBytes), first.BytesSize(), "the queue reserves what it can reach")
	for i := 1; i < 5; i++ {
		assert.Nil(t, offer(in, i, nil), "it joins the batch")
	}
	assert.Equal(t, coalesceAbove+1+first.size, in.memory.waiting)

	first.Take()
	assert.Equal(t, []string{fixture.NewVisitor(0).Path, fixture.NewVisitor(1).Path, fixture.NewVisitor(2).Path, fixture.NewVisitor(3).Path, fixture.NewVisitor(4).Path}, pathsOf(t, first))
	assert.Equal(t, 5, first.ItemsCount())
	assert.Equal(t, in.destination.Framing.BodySize(first.size), first.BytesSize(), "its turn has come")
	assert.Equal(t, coalesceAbove+1, in.memory.waiting)
	next := offer(in, 5, nil)
	require.NotNil(t, next, "nothing joins a batch that is on its way")
	assert.Equal(t, 5, first.ItemsCount())
	assert.Equal(t, 1, next.ItemsCount())
}

func TestAFullBatchIsCompressedInALongQueue(t *testing.T) {
	for _, waiting := range []int{coalesceAbove + 1, compressAbove + 1} {
		in := coalescingIntake(t, waiting)
		first := offer(in, 0, nil)
		sent := 1
		var second *Batch
		for ; second == nil; sent++ {
			second = offer(in, sent, nil)
		}
		assert.Equal(t, waiting > compressAbove, first.block != nil)
		assert.LessOrEqual(t, first.size, coalescedBytes)
		assert.Greater(t, first.size, coalescedBytes-smallChunk)
		parts := mergeSplit(t, first, 0, inBytes, second)
		require.Len(t, parts, 1)
		assert.Len(t, visitsOf(t, parts[0]), sent)
		assert.Equal(t, waiting, in.memory.waiting)
	}
}

func TestNoBatchIsOpenThatIsNotInTheQueue(t *testing.T) {
	in := coalescingIntake(t, coalesceAbove+1)
	refused := offer(in, 0, exporterhelper.ErrQueueIsFull)
	require.NotNil(t, refused)
	assert.Less(t, cap(refused.chunks[0].lines), smallChunk, "a full queue refuses many, so they have no room for others")
	assert.NotNil(t, offer(in, 1, nil), "the first was dropped")

	in = coalescingIntake(t, coalesceAbove+1)
	quick := in.fromTraces(context.Background(), fixture.VisitTracesFrom(0, 1))
	quick.Take() // before the producer is told that it was queued
	require.NoError(t, in.settle(context.Background(), quick, nil))
	assert.NotNil(t, offer(in, 1, nil))
	assert.Equal(t, 1, quick.ItemsCount())
}

// TestOneCoalescedBatchIsQueuedAtATime: of many payloads that come at once each would
// reserve the room of a whole coalesced batch.
func TestOneCoalescedBatchIsQueuedAtATime(t *testing.T) {
	in := coalescingIntake(t, coalesceAbove+1)
	first := in.fromTraces(context.Background(), fixture.VisitTracesFrom(0, 1))
	meanwhile := in.fromTraces(context.Background(), fixture.VisitTracesFrom(1, 1))
	assert.Less(t, meanwhile.BytesSize(), 1000)
	require.NoError(t, in.settle(context.Background(), first, nil))
	assert.Nil(t, offer(in, 2, nil))
	assert.Equal(t, 2, first.ItemsCount())
}

func TestABatchThatIsTakenLetsNoSecondOneOpen(t *testing.T) {
	in := coalescingIntake(t, coalesceAbove+1)
	first := offer(in, 0, nil)
	in.memory.change(first, stateFull)
	second := in.fromTraces(context.Background(), fixture.VisitTracesFrom(1, 1))
	require.Equal(t, stateOpening, second.state)
	first.Take()
	third := in.fromTraces(context.Background(), fixture.VisitTracesFrom(2, 1))
	assert.Equal(t, statePlain, third.state)
}

func TestABatchThatIsTakenAtOnceLetsNoSecondOneOpen(t *testing.T) {
	in := coalescingIntake(t, coalesceAbove+1)
	quick := in.fromTraces(context.Background(), fixture.VisitTracesFrom(0, 1))
	quick.Take()
	second := in.fromTraces(context.Background(), fixture.VisitTracesFrom(1, 1))
	require.Equal(t, stateOpening, second.state)
	require.NoError(t, in.settle(context.Background(), quick, nil)) // its producer learns late that it was queued
	assert.Equal(t, statePlain, in.fromTraces(context.Background(), fixture.VisitTracesFrom(2, 1)).state)
}

func TestCoalescingIsForSmallPayloadsThatWait(t *testing.T) {
	for name, wants := range map[string]bool{
		"short queue":   testMemory(t, true, coalesceAbove).wants(100),
		"large payload": testMemory(t, true, coalesceAbove+1).wants(smallChunk),
		"queue on disk": NewDiskMemory(nil).wants(100),
		"other sizer":   testMemory(t, false, coalesceAbove+1).wants(100),
	} {
		assert.False(t, wants, name)
	}
	cfg := agentvisitsexporter.knownAgentsConfig("")
	assert.True(t, Coalesces(cfg.QueueConfig.Get()))
	cfg.QueueConfig.Get().WaitForResult = true
	assert.False(t, Coalesces(cfg.QueueConfig.Get()), "receivers wait for the end of a batch")
	cfg = agentvisitsexporter.knownAgentsConfig("")
	cfg.QueueConfig.Get().Sizer = exporterhelper.RequestSizerTypeItems
	assert.False(t, Coalesces(cfg.QueueConfig.Get()), "the queue counts visits")
	cfg = agentvisitsexporter.knownAgentsConfig("")
	cfg.QueueConfig.Get().BlockOnOverflow = true
	assert.False(t, Coalesces(cfg.QueueConfig.Get()), "of many who wait for room, the queue wakes one for each coalesced batch that leaves")
	cfg = agentvisitsexporter.knownAgentsConfig("")
	cfg.QueueConfig.Get().QueueSize = 4*coalesceAbove - 1
	assert.False(t, Coalesces(cfg.QueueConfig.Get()), "the queue has no room for many")
	cfg = agentvisitsexporter.knownAgentsConfig("")
	cfg.QueueConfig.Get().Batch = configoptional.None[exporterhelper.BatchConfig]()
	assert.False(t, Coalesces(cfg.QueueConfig.Get()), "the helper reads the number of visits before anything dequeues a batch")
	assert.False(t, Coalesces(nil), "there is no queue")
}

// TestCoalescingLosesAndRepeatsNothing sends single visits from many sides into a small
// queue, whose consumers come and go: what the pipeline was not told of is
// delivered once, the rest is counted.
func TestCoalescingLosesAndRepeatsNothing(t *testing.T) {
	for _, backpressure := range []bool{false, true} {
		api, err := fakeapi.Listen("127.0.0.1:0", fakeapi.Settings{})
		require.NoError(t, err)
		defer func() { require.NoError(t, api.Close()) }()
		hold := make(chan struct{})
		for range 4 { // the consumers start while payloads come in
			api.Script(fakeapi.KnownAgents, fakeapi.Step{Hang: hold}, fakeapi.Step{}, fakeapi.Step{})
		}
		cfg := agentvisitsexporter.knownAgentsConfig(api.URL())
		cfg.Backpressure = backpressure
		cfg.QueueConfig.Get().QueueSize = 2 << 20
		cfg.QueueConfig.Get().NumConsumers = 2
		meters := componenttest.NewTelemetry()
		set := exportertest.NewNopSettings(metadata.Type)
		set.TelemetrySettings = meters.NewTelemetrySettings()
		traces, err := agentvisitsexporter.NewFactory().CreateTraces(context.Background(), set, cfg)
		require.NoError(t, err)
		require.NoError(t, traces.Start(context.Background(), componenttest.NewNopHost()))

		const senders, visits = 4, 3000
		var sending sync.WaitGroup
		var refused atomic.Int64
		for sender := range senders {
			sending.Go(func() {
				for i := sender * visits; i < (sender+1)*visits; i++ {
					if i%visits == visits/2 && sender == 0 {
						close(hold)
					}
					if err := traces.ConsumeTraces(context.Background(), fixture.VisitTracesFrom(i, 1)); errors.Is(err, exporterhelper.ErrQueueIsFull) {
						refused.Add(1)
					} else if err != nil {
						t.Error(err)
					}
				}
			})
		}
		sending.Wait()
		require.NoError(t, traces.Shutdown(context.Background()))

		arrived := map[string]int{}
		for _, v := range api.KnownAgentsVisits() {
			arrived[v.RequestPath]++
		}
		for path, times := range arrived {
			assert.Equal(t, 1, times, path)
		}
		dropped := int64(0)
		got, err := meters.GetMetric("otelcol_exporter_agent_visits_dropped")
		require.NoError(t, err)
		for _, point := range got.Data.(metricdata.Sum[int64]).DataPoints {
			dropped += point.Value
		}
		if backpressure {
			dropped = refused.Load()
		}
		assert.Positive(t, dropped, "the queue is to be full for a while")
		assert.Equal(t, senders*visits, len(arrived)+int(dropped), "backpressure %t: %d dropped", backpressure, dropped)
		require.NoError(t, meters.Shutdown(context.Background()))
	}
}
