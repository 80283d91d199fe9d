// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

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

	"github.com/agentvisits/agentvisitsexporter/internal/fakeapi"
	"github.com/agentvisits/agentvisitsexporter/internal/metadata"
)

// cartonIntake is an intake before a queue in which so many bytes wait.
func cartonIntake(t *testing.T, waiting int64) *intake {
	t.Helper()
	in := newTestIntake(t, knownAgentsConfig(""))
	in.backlog = &backlog{cartons: true, unreadable: func(err error, visits int) { t.Errorf("%d visits: %v", visits, err) }}
	in.backlog.bytes.Store(waiting)
	return in
}

// offer hands the intake a payload of one visit, and the queue what comes of it.
// It returns nil if that was nothing.
func offer(in *intake, visit int, queueError error) *batch {
	b := in.fromTraces(context.Background(), visitTracesFrom(visit, 1))
	if b != nil {
		in.backlog.enter(b)
		_ = in.settle(context.Background(), b, queueError)
	}
	return b
}

func pathsOf(t *testing.T, b *batch) (paths []string) {
	t.Helper()
	for _, visit := range visitsOf(t, b) {
		var v fakeapi.KnownAgentsVisit
		require.NoError(t, json.Unmarshal([]byte(visit), &v))
		paths = append(paths, v.RequestPath)
	}
	return paths
}

func TestSmallPayloadsShareACartonWhileOthersWait(t *testing.T) {
	in := cartonIntake(t, behind+1)
	carton := offer(in, 0, nil)
	require.NotNil(t, carton)
	assert.Equal(t, in.destination.framing.bodySize(cartonBytes), carton.BytesSize(), "the queue reserves what it can reach")
	for i := 1; i < 5; i++ {
		assert.Nil(t, offer(in, i, nil), "it joins the carton")
	}
	assert.Equal(t, int64(behind+1+carton.size), in.backlog.bytes.Load())

	carton.leave()
	assert.Equal(t, []string{newVisitor(0).path, newVisitor(1).path, newVisitor(2).path, newVisitor(3).path, newVisitor(4).path}, pathsOf(t, carton))
	assert.Equal(t, 5, carton.ItemsCount())
	assert.Equal(t, in.destination.framing.bodySize(carton.size), carton.BytesSize(), "its turn has come")
	assert.Equal(t, int64(behind+1), in.backlog.bytes.Load())
	next := offer(in, 5, nil)
	require.NotNil(t, next, "nothing joins a batch that is on its way")
	assert.Equal(t, 5, carton.ItemsCount())
	assert.Equal(t, 1, next.ItemsCount())
}

func TestAFullCartonIsCompressedInALongQueue(t *testing.T) {
	for _, waiting := range []int64{behind + 1, longBacklog + 1} {
		in := cartonIntake(t, waiting)
		first := offer(in, 0, nil)
		sent := 1
		var second *batch
		for ; second == nil; sent++ {
			second = offer(in, sent, nil)
		}
		assert.Equal(t, waiting > longBacklog, first.packed != nil)
		assert.LessOrEqual(t, first.size, cartonBytes)
		assert.Greater(t, first.size, cartonBytes-smallChunk)
		parts := mergeSplit(t, first, 0, inBytes, second)
		require.Len(t, parts, 1)
		assert.Len(t, visitsOf(t, parts[0]), sent)
		assert.Equal(t, waiting, in.backlog.bytes.Load())
	}
}

func TestNoCartonIsOpenThatIsNotInTheQueue(t *testing.T) {
	in := cartonIntake(t, behind+1)
	refused := offer(in, 0, exporterhelper.ErrQueueIsFull)
	require.NotNil(t, refused)
	assert.Less(t, cap(refused.chunks[0].lines), smallChunk, "a full queue refuses many, so they have no room for others")
	assert.NotNil(t, offer(in, 1, nil), "the first was dropped")

	in = cartonIntake(t, behind+1)
	quick := in.fromTraces(context.Background(), visitTracesFrom(0, 1))
	in.backlog.enter(quick)
	quick.leave() // before the producer is told that it was queued
	require.NoError(t, in.settle(context.Background(), quick, nil))
	assert.NotNil(t, offer(in, 1, nil))
	assert.Equal(t, 1, quick.ItemsCount())
}

// TestOneCartonIsQueuedAtATime: of many payloads that come at once each would
// reserve the room of a whole carton.
func TestOneCartonIsQueuedAtATime(t *testing.T) {
	in := cartonIntake(t, behind+1)
	carton := in.fromTraces(context.Background(), visitTracesFrom(0, 1))
	meanwhile := in.fromTraces(context.Background(), visitTracesFrom(1, 1))
	assert.Less(t, meanwhile.BytesSize(), 1000)
	in.backlog.enter(carton)
	require.NoError(t, in.settle(context.Background(), carton, nil))
	assert.Nil(t, offer(in, 2, nil))
	assert.Equal(t, 2, carton.ItemsCount())
}

func TestACartonThatLeavesLetsNoSecondOneBegin(t *testing.T) {
	in := cartonIntake(t, behind+1)
	first := offer(in, 0, nil)
	in.backlog.open = nil // it is full
	second := in.fromTraces(context.Background(), visitTracesFrom(1, 1))
	require.NotZero(t, second.reserved)
	in.backlog.enter(second) // and waits for room in the queue
	first.leave()
	third := in.fromTraces(context.Background(), visitTracesFrom(2, 1))
	assert.Zero(t, third.reserved)
}

func TestACartonThatIsDeliveredAtOnceLetsNoSecondOneBegin(t *testing.T) {
	in := cartonIntake(t, behind+1)
	quick := in.fromTraces(context.Background(), visitTracesFrom(0, 1))
	in.backlog.enter(quick)
	quick.leave()
	second := in.fromTraces(context.Background(), visitTracesFrom(1, 1))
	require.NotZero(t, second.reserved)
	in.backlog.enter(second)
	require.NoError(t, in.settle(context.Background(), quick, nil)) // its producer learns late that it was queued
	assert.Zero(t, in.fromTraces(context.Background(), visitTracesFrom(2, 1)).reserved)
}

func TestCartonsAreForSmallPayloadsThatWait(t *testing.T) {
	for name, wants := range map[string]bool{
		"short queue":   (&backlog{cartons: true}).wants(100),
		"large payload": cartonIntake(t, behind+1).backlog.wants(smallChunk),
		"no queue":      (*backlog)(nil).wants(100),
		"other sizer":   (&backlog{}).wants(100),
	} {
		assert.False(t, wants, name)
	}
	cfg := knownAgentsConfig("")
	assert.True(t, takesCartons(cfg))
	cfg.QueueConfig.Get().WaitForResult = true
	assert.False(t, takesCartons(cfg), "receivers wait for the end of a batch")
	cfg = knownAgentsConfig("")
	cfg.QueueConfig.Get().Sizer = exporterhelper.RequestSizerTypeItems
	assert.False(t, takesCartons(cfg), "the queue counts visits")
	cfg = knownAgentsConfig("")
	cfg.QueueConfig.Get().BlockOnOverflow = true
	assert.False(t, takesCartons(cfg), "of many who wait for room, the queue wakes one for each carton that leaves")
	cfg = knownAgentsConfig("")
	cfg.QueueConfig.Get().QueueSize = 4*behind - 1
	assert.False(t, takesCartons(cfg), "the queue has no room for many")
	cfg = knownAgentsConfig("")
	cfg.QueueConfig.Get().Batch = configoptional.None[exporterhelper.BatchConfig]()
	assert.False(t, takesCartons(cfg), "the helper reads the number of visits before anything closes a carton")
}

// TestCartonsLoseAndRepeatNothing sends single visits from many sides into a small
// queue, whose consumers come and go: what the pipeline was not told of is
// delivered once, the rest is counted.
func TestCartonsLoseAndRepeatNothing(t *testing.T) {
	for _, backpressure := range []bool{false, true} {
		api, err := fakeapi.Listen("127.0.0.1:0", fakeapi.Settings{})
		require.NoError(t, err)
		defer func() { require.NoError(t, api.Close()) }()
		hold := make(chan struct{})
		for range 4 { // the consumers start while payloads come in
			api.Script(fakeapi.KnownAgents, fakeapi.Step{Hang: hold}, fakeapi.Step{}, fakeapi.Step{})
		}
		cfg := knownAgentsConfig(api.URL())
		cfg.Backpressure = backpressure
		cfg.QueueConfig.Get().QueueSize = 2 << 20
		cfg.QueueConfig.Get().NumConsumers = 2
		meters := componenttest.NewTelemetry()
		set := exportertest.NewNopSettings(metadata.Type)
		set.TelemetrySettings = meters.NewTelemetrySettings()
		traces, err := NewFactory().CreateTraces(context.Background(), set, cfg)
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
					if err := traces.ConsumeTraces(context.Background(), visitTracesFrom(i, 1)); errors.Is(err, exporterhelper.ErrQueueIsFull) {
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
