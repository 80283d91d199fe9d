// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package queue

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"go.opentelemetry.io/collector/exporter/exporterhelper"

	"github.com/agentvisits/agentvisitsexporter/internal/destination"
)

func TestWhatIsParkedReturnsWhenItsSiteMay(t *testing.T) {
	bothLots(t, aQueue(), 3, func(r *lotRig) {
		t := r.t
		r.park(t, 0, 0, 4, 5)
		r.park(t, 1, 0, 3, 5)
		<-time.After(time.Hour)
		assert.Empty(t, r.numbers(t), "a paused site returns nothing")
		r.requireParked(t, 35)

		r.TryOne(r.sites[0])
		assert.Equal(t, map[int][]int{0: upTo(5)}, r.numbers(t), "the oldest batch")
		r.requireParked(t, 30)
		<-time.After(time.Hour)
		r.TryOne(r.sites[0])
		assert.Equal(t, map[int][]int{0: upTo(10)}, r.numbers(t))

		r.Unpark(r.sites[1])
		r.Unpark(r.sites[2])
		assert.Equal(t, map[int][]int{0: upTo(10), 1: upTo(15)}, r.numbers(t), "all of one, and nothing else of the other")
		r.Unpark(r.sites[0])
		assert.Equal(t, map[int][]int{0: upTo(20), 1: upTo(15)}, r.numbers(t))
		r.requireParked(t, 0)
		for _, b := range r.returned {
			assert.EqualValues(t, 5, b.Since)
		}
	})
}

func TestSitesReturnInTurns(t *testing.T) {
	bothLots(t, aQueue(), 2, func(r *lotRig) {
		t := r.t
		r.refuse(exporterhelper.ErrQueueIsFull)
		r.park(t, 0, 0, 3, 1)
		r.park(t, 1, 0, 3, 1)
		r.Unpark(r.sites[0])
		r.Unpark(r.sites[1])
		synctest.Wait()
		r.refuse(nil)
		<-time.After(2 * maxReturnPause)
		synctest.Wait()
		require.Len(t, r.returned, 6)
		for i := 0; i < 6; i += 2 {
			assert.NotSame(t, r.returned[i].Site(), r.returned[i+1].Site())
		}
	})
}

func TestAFullQueueIsAskedLessAndLess(t *testing.T) {
	bothLots(t, aQueue(), 1, func(r *lotRig) {
		t := r.t
		r.refuse(exporterhelper.ErrQueueIsFull)
		r.park(t, 0, 0, 2, 5)
		r.Unpark(r.sites[0])
		<-time.After(time.Hour)
		r.requireParked(t, 10)
		synctest.Wait()
		r.memory.mu.Lock()
		assert.Zero(t, r.memory.waiting, "what was refused does not wait in the queue")
		r.memory.mu.Unlock()
		r.refuse(nil)
		<-time.After(maxReturnPause)
		assert.Equal(t, map[int][]int{0: upTo(10)}, r.numbers(t))
	})
}

func TestASiteThatIsPausedAgainReturnsNothing(t *testing.T) {
	bothLots(t, aQueue(), 1, func(r *lotRig) {
		t := r.t
		r.refuse(exporterhelper.ErrQueueIsFull)
		r.park(t, 0, 0, 1, 5)
		r.Unpark(r.sites[0])
		synctest.Wait()
		r.park(t, 0, 5, 1, 5)
		r.refuse(nil)
		<-time.After(time.Hour)
		assert.Empty(t, r.numbers(t))
		r.Unpark(r.sites[0])
		assert.Equal(t, map[int][]int{0: upTo(10)}, r.numbers(t))
	})
}

func TestOnlyABatchOfOneSiteIsParked(t *testing.T) {
	bothLots(t, aQueue(), 2, func(r *lotRig) {
		t := r.t
		require.ErrorIs(t, r.Park(t.Context(), mixedBatch(1, r.sites...)), errMixed)
		require.ErrorIs(t, r.Park(t.Context(), lineUp(*r.memory.framing, "{}")), errMixed)
		require.NoError(t, r.Park(t.Context(), &Batch{}))
		r.requireParked(t, 0)
	})
}

// TestTheNewestOfTheFullestSiteAreDropped has room for 1000 visits in the parking.
func TestTheNewestOfTheFullestSiteAreDropped(t *testing.T) {
	bothLots(t, aQueue(), 3, func(r *lotRig) {
		t := r.t
		r.park(t, 0, 0, 60, 10)
		r.park(t, 1, 0, 40, 10)
		assert.Zero(t, r.full)
		r.park(t, 2, 0, 10, 10)
		assert.Equal(t, 100, r.full)
		r.requireParked(t, 1000)
		r.park(t, 0, 600, 5, 10)
		assert.Equal(t, 150, r.full, "the site that is the fullest itself loses what comes")
		assert.Equal(t, 1, r.told("Dropping visits of a site"), "once an episode")
		assert.Equal(t, "shop-0.example", r.logs.FilterMessageSnippet("Dropping visits of a site").All()[0].ContextMap()["site"])
		for _, site := range r.sites {
			r.Unpark(site)
		}
		assert.Equal(t, map[int][]int{0: upTo(500), 1: upTo(400), 2: upTo(100)}, r.numbers(t), "the oldest are kept, and other sites lose nothing")
		<-time.After(episodeEnd)
		r.park(t, 0, 0, 1, 1)
		assert.Equal(t, 1, r.told("room for the visits of a site again"))
	})
}

// TestWhatIsTooLargeForTheQueueReturnsWhenThatIsEmpty: it was parked with a larger queue.
func TestWhatIsTooLargeForTheQueueReturnsWhenThatIsEmpty(t *testing.T) {
	bothLots(t, aQueue(), 1, func(r *lotRig) {
		t := r.t
		r.park(t, 0, 0, 1, 900)
		if r.disk != nil {
			r.end(t)
			r.begin(t, Config{Sizer: inItems, QueueSize: 40})
		}
		r.Unpark(r.sites[0])
		<-time.After(time.Second)
		assert.Equal(t, map[int][]int{0: upTo(900)}, r.numbers(t))
		assert.Equal(t, r.disk != nil, r.returned[0].Weightless)
	})
}

func TestALargeBatchIsParkedInPieces(t *testing.T) {
	queue := Config{Sizer: inBytes, QueueSize: 64 << 20}
	bothLots(t, queue, 1, func(r *lotRig) {
		t := r.t
		require.NoError(t, r.Park(t.Context(), siteBatch(r.sites[0], 0, 25_000)))
		r.Unpark(r.sites[0])
		assert.Equal(t, map[int][]int{0: upTo(25_000)}, r.numbers(t))
		for _, b := range r.returned {
			assert.LessOrEqual(t, b.BytesSize(), destination.MaxBodyBytes)
		}
	})
}

func TestTheQueueAndItsParkingAreAsLargeAsConfigured(t *testing.T) {
	queue := aQueue()
	helper, parked := Divide(&queue)
	assert.EqualValues(t, 4000, helper.QueueSize+parked)
	assert.EqualValues(t, 1000, parked)
	for sizer, want := range map[exporterhelper.RequestSizerType]int64{inItems: 20, inBytes: 3000, exporterhelper.RequestSizerTypeRequests: 1} {
		assert.Equal(t, want, amount{1, 20, 3000}.in(sizer))
	}
}

func TestAShutdownHandsOutWhatIsParkedInMemory(t *testing.T) {
	bothLots(t, aQueue(), 2, func(r *lotRig) {
		t := r.t
		r.park(t, 0, 0, 2, 5)
		r.park(t, 1, 0, 1, 5)
		r.BeginShutdown()
		rest := map[string]int{}
		r.Rest(t.Context(), func(b *Batch) { rest[b.Site().Name()] += len(requireOwn(t, b)) })
		r.park(t, 0, 10, 1, 1)
		if r.disk == nil {
			assert.Equal(t, map[string]int{"shop-0.example": 11, "shop-1.example": 5}, rest)
			r.requireParked(t, 0)
			return
		}
		assert.Empty(t, rest, "on a disk it stays")
		r.end(t)
		r.begin(t, aQueue())
		assert.Equal(t, map[int][]int{0: upTo(11), 1: upTo(5)}, r.numbers(t), "and returns when the next process starts")
	})
}

func TestAnExporterWithOneSiteHasNoParking(t *testing.T) {
	var l *Lot
	l.Start(t.Context(), nil)
	l.BeginShutdown()
	l.Rest(t.Context(), nil)
}
