// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fakeapi"
)

// client is another client of the test's Kafka.
func (r *relay) client() *kgo.Client {
	r.t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(r.broker.ListenAddrs()...), kgo.RecordPartitioner(kgo.ManualPartitioner()))
	require.NoError(r.t, err)
	r.t.Cleanup(client.Close)
	return client
}

// sendAll sends requests and records, and waits until they are delivered.
func (r *relay) sendAll(from, to int) {
	r.t.Helper()
	r.sendTraces(r.over, r.sendRound(from, to))
	r.eventually(func() error { return haveCome(r.t, r.api, to) })
	r.eventually(func() error {
		if got := numbers(r.t, r.api); got[logOffset+to-1] == 0 {
			return fmt.Errorf("record %d has not come", to-1)
		}
		return nil
	})
	r.awaitCommitted()
}

// TestLiveKafkaAMessageThatIsNoOTLPIsCountedAndStopsNothing puts one into every partition.
func TestLiveKafkaAMessageThatIsNoOTLPIsCountedAndStopsNothing(t *testing.T) {
	r := newRelay(t, fakeapi.Settings{})
	consumer := r.deliver()
	r.awaitShared(1)
	client := r.client()
	for partition := range partitions {
		for _, topic := range []string{spansTopic, logsTopic} {
			poison := &kgo.Record{Topic: topic, Partition: int32(partition), Value: []byte("\xff\x00this is no OTLP")}
			require.NoError(t, client.ProduceSync(r.ctx, poison).FirstErr())
		}
	}
	r.sendAll(0, 100)
	consumer.waitCounter("otelcol_kafka_receiver_unmarshal_failed_spans", nil, partitions)
	consumer.waitCounter("otelcol_kafka_receiver_unmarshal_failed_log_records", nil, partitions)
	assert.Contains(t, consumer.log.String(), "failed to unmarshal message")
	consumer.stop()
	r.requireOnce(100)
	assert.Len(t, numbers(t, r.api), 200, "no inner hop counts")
}

// TestLiveKafkaTakesAPayloadThatIsLargerThanAMessage: Kafka refuses messages above 1 MB, and
// the exporter drops what Kafka refuses.
func TestLiveKafkaTakesAPayloadThatIsLargerThanAMessage(t *testing.T) {
	r := newRelay(t, fakeapi.Settings{})
	consumer := r.deliver()
	const records = 3000
	ld := hostLogs(0, records)
	require.Greater(t, (&plog.ProtoMarshaler{}).LogsSize(ld), 2_000_000)
	r.sendLogs(r.over, ld)
	require.NoError(t, r.api.WaitVisits(r.ctx, fakeapi.KnownAgents, records))
	r.awaitCommitted()
	consumer.stop()
	assert.Len(t, numbers(t, r.api), records)
}

// TestLiveKafkaOffsetsOfATimeReplayOnlyWhatCameSince: the APIs take no ids of visits, so
// whatever is read again is delivered again.
func TestLiveKafkaOffsetsOfATimeReplayOnlyWhatCameSince(t *testing.T) {
	r := newRelay(t, fakeapi.Settings{})
	consumer := r.deliver()
	r.awaitShared(1)
	r.sendAll(0, 100)
	between := time.Now()
	r.sendAll(100, 200)

	admin := kadm.NewClient(r.client())
	for i, reset := range []func(context.Context, ...string) (kadm.ListedOffsets, error){
		func(ctx context.Context, topics ...string) (kadm.ListedOffsets, error) {
			return admin.ListOffsetsAfterMilli(ctx, between.UnixMilli(), topics...)
		},
		admin.ListStartOffsets,
	} {
		consumer.stop() // a group's offsets can be set while nobody reads
		offsets, err := reset(r.ctx, spansTopic, logsTopic)
		require.NoError(t, err)
		require.NoError(t, offsets.Error())
		require.NoError(t, admin.CommitAllOffsets(r.ctx, deliveryGroup, offsets.Offsets()))
		before := r.api.Counts(fakeapi.KnownAgents).Visits
		r.startCollector(consumer)
		require.NoError(t, r.api.WaitVisits(r.ctx, fakeapi.KnownAgents, before+200*(i+1)))
		r.awaitCommitted()
	}
	consumer.stop()
	got := numbers(t, r.api)
	for n := range 200 {
		times := 2 + n/100
		assert.Equal(t, times, got[n], "request %d", n)
		assert.Equal(t, times, got[logOffset+n], "record %d", n)
	}
	assert.Len(t, got, 400, "no inner hop counts, not even of those that are replayed")
}

// TestLiveKafkaWaitsWhileTheQueueIsFull: visits wait in Kafka, and none is dropped, wherever
// the queue is.
func TestLiveKafkaWaitsWhileTheQueueIsFull(t *testing.T) {
	for name, changes := range map[string][]string{
		"on the disk": {"kafka_small_queue.yaml"},
		"in memory":   {"kafka_small_queue.yaml", "kafka_memory.yaml"},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRelay(t, fakeapi.Settings{})
			up := make(chan struct{})
			r.api.Script(fakeapi.KnownAgents, fakeapi.Step{Hang: up, Times: fakeapi.Forever})
			consumer := r.deliver(changes...)
			r.awaitShared(1)
			const rounds, each = 10, 200
			for round := range rounds {
				r.sendTraces(r.over, r.sendRound(round*each, (round+1)*each))
			}
			require.NoError(t, consumer.awaitLine("Backing off due to error from the next consumer", "sending queue is full", `"traces"`))
			require.NoError(t, consumer.awaitLine("Backing off due to error from the next consumer", "sending queue is full", `"logs"`))
			assert.Positive(t, r.uncommitted(spansTopic))
			assert.Positive(t, r.uncommitted(logsTopic))
			assert.Zero(t, counter(consumer.scrape(), droppedMetric, nil))

			close(up)
			r.awaitCommitted()
			assert.Zero(t, counter(consumer.scrape(), droppedMetric, nil))
			consumer.stop()
			r.requireOnce(rounds * each) // hops may count: their outer spans may have been in Kafka for more than a wait
		})
	}
}

// TestLiveKafkaMakesUpForAQueueInMemory: what was in the memory of a consumer that is killed
// is still in Kafka. Offsets of the time before bring it again, with what was delivered
// since.
func TestLiveKafkaMakesUpForAQueueInMemory(t *testing.T) {
	r := newRelay(t, fakeapi.Settings{})
	consumer := r.deliver("kafka_memory.yaml")
	r.awaitShared(1)
	r.sendAll(0, 100)
	never := make(chan struct{})
	r.api.Script(fakeapi.KnownAgents, fakeapi.Step{Hang: never, Times: fakeapi.Forever})
	down, before := time.Now(), r.api.Counts(fakeapi.KnownAgents).Requests
	r.sendTraces(r.over, r.sendRound(100, 200))
	require.NoError(t, r.api.WaitRequests(r.ctx, fakeapi.KnownAgents, before+2)) // one of each signal, at a time
	r.awaitCommitted()
	consumer.kill()
	r.api.ClearScript(fakeapi.KnownAgents)

	admin := kadm.NewClient(r.client())
	_, err := r.broker.WaitGroupInfo(r.ctx, deliveryGroup, func(group *kfake.GroupInfo) bool { return len(group.Members) == 0 })
	require.NoError(t, err)
	offsets, err := admin.ListOffsetsAfterMilli(r.ctx, down.UnixMilli(), spansTopic, logsTopic)
	require.NoError(t, err)
	require.NoError(t, admin.CommitAllOffsets(r.ctx, deliveryGroup, offsets.Offsets()))
	r.startCollector(consumer)
	r.eventually(func() error { return haveCome(t, r.api, 200) })
	r.awaitCommitted()
	consumer.stop()
	r.requireOnce(200)
}
