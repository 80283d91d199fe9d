// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kfake"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fakeapi"
)

// perRound is the number of requests in a round, and that of its log records.
const perRound = 10

// hopsWait is visits::internal_hops_wait in testdata/kafka_delivering.yaml.
const hopsWait = 4 * time.Second

// traffic comes while consumers come and go.
type traffic struct {
	*relay
	sent int           // requests so far
	late ptrace.Traces // the outer spans of the last round
}

// during sends a round every 50 ms until something has happened, and ten at least.
func (f *traffic) during(happened func() bool) {
	f.t.Helper()
	ticker := time.NewTicker(50 * time.Millisecond)
	defer ticker.Stop()
	for round := 0; round < 10 || !happened(); round++ {
		edges := f.sendRound(f.sent, f.sent+perRound)
		f.end()
		f.late, f.sent = edges, f.sent+perRound
		select {
		case <-ticker.C:
		case <-f.ctx.Done():
			f.t.Fatal(f.ctx.Err())
		}
	}
}

// end sends what is late.
func (f *traffic) end() {
	f.t.Helper()
	if f.sent > 0 {
		f.sendTraces(f.over, f.late)
	}
}

// shared says whether so many Collectors share the partitions.
func (f *traffic) shared(collectors int) func() bool {
	return func() bool { return isShared(f.broker.GroupInfo(deliveryGroup), collectors) }
}

// floodSize is how many requests come at once, and floodOffset the number of the first.
const floodSize, floodOffset = 3000, 300_000

// flood sends requests at once, so that consumers have read more than they have committed,
// and waits until they are in Kafka.
func (f *traffic) flood() {
	f.t.Helper()
	before := f.written(spansTopic)
	f.sendTraces(f.over, newServerTraces(newRequests(floodOffset, floodOffset+floodSize)))
	_, err := f.broker.WaitGroupInfo(f.ctx, deliveryGroup, func(*kfake.GroupInfo) bool { return f.written(spansTopic) >= before+floodSize })
	require.NoError(f.t, err)
}

// underWay changes the group, and says of which requests inner hops may count: their spans
// may come to different consumers, or were in the last wait of one that was killed. It is
// all that are sent until the group has settled, without those that arrived a wait before.
func (f *traffic) underWay(change func(), settled func() bool) map[int]bool {
	arrived, since := numbers(f.t, f.api), time.Now()
	f.during(func() bool { return time.Since(since) > hopsWait+time.Second })
	change()
	f.during(settled)
	all := map[int]bool{}
	for n := range f.sent {
		if arrived[n] == 0 {
			all[n] = true
		}
	}
	return all
}

// TestLiveKafkaLosesNoVisitWhenAConsumerIsKilledAndOneIsAdded: what is doubled are messages
// that the killed one had read without committing it, and bodies whose answer it did not
// see. Inner hops count only of requests that were under way when the group changed.
func TestLiveKafkaLosesNoVisitWhenAConsumerIsKilledAndOneIsAdded(t *testing.T) {
	f := &traffic{relay: newRelay(t, fakeapi.Settings{})}
	first, killed := f.deliver(), f.deliver()
	f.awaitShared(2)
	f.during(func() bool { return f.api.Counts(fakeapi.KnownAgents).Visits > 5*perRound })

	var spans, records int
	apart := f.underWay(func() {
		f.flood()
		killed.kill()
		spans, records = f.uncommitted(spansTopic), f.uncommitted(logsTopic)
	}, f.shared(1))
	var added *rig
	for n := range f.underWay(func() { added = f.deliver() }, f.shared(2)) {
		apart[n] = true
	}
	settled := f.sent
	f.during(func() bool { return true })
	f.end()
	f.eventually(func() error { return f.haveComeSince(settled) })
	f.startCollector(killed) // with its disk
	f.eventually(func() error { return f.haveComeSince(0) })
	for _, r := range []*rig{f.rig, first, added, killed} {
		r.stop()
	}

	body := 0
	for _, request := range f.api.Requests(fakeapi.KnownAgents) {
		body = max(body, request.Visits)
	}
	got, doubled, hops := numbers(t, f.api), 0, 0
	for n := range f.sent {
		assert.GreaterOrEqual(t, got[n], 1, "request %d", n)
		assert.GreaterOrEqual(t, got[logOffset+n], 1, "record %d", n)
		doubled += max(0, got[n]-1) + max(0, got[logOffset+n]-1)
		if hop := got[hopOffset+n]; hop > 0 {
			assert.True(t, apart[n], "the hop of request %d counts, which was not under way", n)
			hops++
		}
	}
	for n := floodOffset; n < floodOffset+floodSize; n++ {
		assert.GreaterOrEqual(t, got[n], 1, "request %d", n)
		doubled += max(0, got[n]-1)
	}
	bound := spans + records*perRound + 2*body
	assert.LessOrEqual(t, doubled, bound)
	t.Logf("%d requests and %d records: none lost, %d doubled (at most %d), %d inner hops counted (of %d under way)", f.sent+floodSize, f.sent, doubled, bound, hops, len(apart))
}

// haveComeSince is an error until a visit of each request has come, from one on.
func (f *traffic) haveComeSince(from int) error {
	got := numbers(f.t, f.api)
	for n := from; n < f.sent; n++ {
		if got[n] == 0 {
			return fmt.Errorf("the visit of request %d has not come", n)
		}
	}
	return nil
}

// awaitCommitted waits until the group has read everything.
func (r *relay) awaitCommitted() {
	r.t.Helper()
	_, err := r.broker.WaitGroupInfo(r.ctx, deliveryGroup, func(*kfake.GroupInfo) bool {
		return r.uncommitted(spansTopic)+r.uncommitted(logsTopic) == 0
	})
	require.NoError(r.t, err)
}
