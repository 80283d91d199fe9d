// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package queue

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"go.opentelemetry.io/collector/exporter/exporterhelper"
	"go.opentelemetry.io/collector/extension/xextension/storage"

	"github.com/agentvisits/agentvisitsexporter/internal/ascii"
	"github.com/agentvisits/agentvisitsexporter/internal/destination"
	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
)

// returnRig is a storage with batches set aside for its own exporter, numbered from 0.
type returnRig struct {
	*Storage
	disk    *fixture.Disk
	logs    *observer.ObservedLogs
	dropped int
	kept    map[string][]byte
}

func newReturnRig(t *testing.T, queue Config, batches ...[]string) *returnRig {
	t.Helper()
	encoding, _ := encodingFor(allDestinations()["scrunch"])
	r := &returnRig{kept: map[string][]byte{}}
	var x asideIndex
	for number, visits := range batches {
		stored := marshal(t, encoding, lineUp(encoding.Destination.Framing, visits...))
		r.kept[keyOf(uint64(number))] = stored
		x.add(owner{Identity: encoding.Destination.Identity(), Version: batchVersion}, uint64(number), len(visits), len(stored))
	}
	r.kept[indexKey] = x.write().Value
	r.disk = fixture.NewDisk(r.kept)
	core, logs := observer.New(zap.InfoLevel)
	r.logs = logs
	queue.StorageID = &fixture.DiskID
	r.Storage = NewStorage(&queue, StorageSettings{Logger: zap.New(core), Encoding: encoding, Files: NewFiles(), Dropped: func(visits int) { r.dropped += visits }})
	require.NoError(t, r.open(t.Context(), fixture.DiskClient{Disk: r.disk}))
	return r
}

func (r *returnRig) told(snippet string) int { return r.logs.FilterMessageSnippet(snippet).Len() }

// put writes a batch as the queue does.
func (r *returnRig) put(ctx context.Context, number uint64, b *Batch) error {
	stored, err := r.settings.Encoding.Marshal(ctx, b)
	if err != nil {
		return err
	}
	return r.Set(ctx, keyOf(number), stored)
}

// visitsOn is every visit of the batches on a disk.
func (r *returnRig) visitsOn(t *testing.T, kept map[string][]byte) (visits []string) {
	t.Helper()
	for key, stored := range kept {
		if ascii.IsDigits(key) {
			b, err := r.settings.Encoding.read(stored)
			require.NoError(t, err)
			visits = append(visits, visitsOf(t, b)...)
		}
	}
	return visits
}

// TestACrashBetweenThePiecesOfABatchLosesNothing looks at the disk after each
// transaction. The queue delivers nothing, but has room.
func TestACrashBetweenThePiecesOfABatchLosesNothing(t *testing.T) {
	for name, queue := range map[string]Config{"visits": {Sizer: inItems, QueueSize: 40}, "bytes": {Sizer: inBytes, QueueSize: 13_000}} {
		t.Run(name, func(t *testing.T) {
			visits := someVisits(47)
			r := newReturnRig(t, queue, visits)
			next := uint64(100)
			r.Started(t.Context(), func(ctx context.Context, b *Batch) error {
				assert.LessOrEqual(t, int64(sizeOf(b, queue.Sizer)), queue.QueueSize/4)
				next++
				return r.put(ctx, next, b)
			})
			r.returning.Wait()
			assert.GreaterOrEqual(t, next, uint64(104))
			for _, kept := range r.disk.Past {
				assert.Subset(t, r.visitsOn(t, kept), visits)
			}
			assert.ElementsMatch(t, visits, r.visitsOn(t, r.disk.Now()), "each once in the end")
			assert.Zero(t, visitsAside(t, r.disk))
			r.BeginShutdown()
			require.NoError(t, r.Close(t.Context()))
		})
	}
}

// TestAPieceReturnsOnceAlthoughTheDiskIsFull: the rest of its batch cannot be written
// for a while.
func TestAPieceReturnsOnceAlthoughTheDiskIsFull(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		visits := someVisits(30)
		r := newReturnRig(t, Config{Sizer: inItems, QueueSize: 40}, visits)
		var arrived []string
		r.Started(t.Context(), func(_ context.Context, b *Batch) error {
			if len(arrived) == 0 {
				r.disk.Fill(true)
				time.AfterFunc(time.Hour, func() { r.disk.Fill(false) })
			}
			arrived = append(arrived, visitsOf(t, b)...)
			return nil
		})
		r.returning.Wait()
		assert.Equal(t, visits, arrived)
		assert.Equal(t, 1, r.told("wait to return"))
		r.BeginShutdown()
		require.NoError(t, r.Close(t.Context()))
	})
}

func TestAVisitThatIsLargerThanTheQueueKeepsNoOtherFromReturning(t *testing.T) {
	large := []string{fakeVisit(1, 5000)}
	r := newReturnRig(t, Config{Sizer: inBytes, QueueSize: 2000}, someVisits(2), large, someVisits(1), []string{fakeVisit(2, 1500)})
	returned := 0
	r.Started(t.Context(), func(_ context.Context, b *Batch) error {
		returned += b.Count
		return nil
	})
	r.returning.Wait()
	assert.Equal(t, 4, returned)
	assert.Equal(t, large, r.visitsOn(t, r.disk.Now()))
	assert.Equal(t, 1, r.told("cannot return"))
	assert.Equal(t, 1, r.told("in the queue again"))
	r.BeginShutdown()
	require.NoError(t, r.Close(t.Context()))
	assert.Zero(t, r.dropped)
}

func TestAQueueThatRefusesIsAskedLessAndLess(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newReturnRig(t, Config{Sizer: inItems, QueueSize: 40}, someVisits(1))
		offers := 0
		r.Started(t.Context(), func(context.Context, *Batch) error {
			offers++
			return exporterhelper.ErrQueueIsFull
		})
		<-time.After(time.Hour + time.Millisecond)
		r.BeginShutdown()
		assert.LessOrEqual(t, offers, 70)
		assert.GreaterOrEqual(t, offers, 60)
		assert.Equal(t, 1, r.told("wait to return"), "once")
		require.NoError(t, r.Close(t.Context()))
	})
}

func TestNothingIsOfferedThatDoesNotFit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newReturnRig(t, Config{Sizer: inItems, QueueSize: 40}, someVisits(4))
		offers := 0
		require.NoError(t, r.Set(t.Context(), notes, notesOf(7, 0, 1)))
		r.Started(t.Context(), func(context.Context, *Batch) error {
			offers++
			return nil
		})
		<-time.After(time.Hour)
		assert.Zero(t, offers, "7 and 4 are more than a quarter of 40")
		assert.Equal(t, 1, r.told("wait to return"))
		require.NoError(t, r.Set(t.Context(), notes, notesOf(6, 0, 1)))
		r.returning.Wait()
		assert.Equal(t, 1, offers)
		r.BeginShutdown()
		require.NoError(t, r.Close(t.Context()))
	})
}

// TestABatchThatReturnsIsNotDroppedAsWell: meanwhile the queue reads one of another
// site, and both need too much space.
func TestABatchThatReturnsIsNotDroppedAsWell(t *testing.T) {
	another := destination.Scrunch(&destination.ScrunchConfig{SiteID: anotherSiteID, APIKey: fixture.Key})
	for name, own := range map[string][][]string{"the only one": {someVisits(10)}, "the first of two": {someVisits(10), someVisits(3)}} {
		t.Run(name, func(t *testing.T) {
			r := newReturnRig(t, Config{Sizer: inBytes, QueueSize: 1 << 20}, own...)
			encoding, _ := encodingFor(another)
			foreign := marshal(t, encoding, lineUp(another.Framing, someVisits(5)...))
			require.NoError(t, r.Set(t.Context(), "7", foreign))
			r.maxAside = len(r.kept["0"]) + len(foreign) - 1
			var returned []int
			r.Started(t.Context(), func(ctx context.Context, b *Batch) error {
				returned = append(returned, b.Count)
				return r.Batch(ctx, storage.GetOperation("7"))
			})
			r.returning.Wait()
			r.BeginShutdown()
			assert.Equal(t, []int{10}, returned)
			all := 5
			for _, visits := range own {
				all += len(visits)
			}
			assert.Equal(t, all, 10+r.dropped+visitsAside(t, r.disk))
			require.NoError(t, r.Close(t.Context()))
		})
	}
}

// TestABatchThatReturnsToItsOwnPlaceIsNotDropped: the queue has lost its notes, and
// writes the batch where it was set aside.
func TestABatchThatReturnsToItsOwnPlaceIsNotDropped(t *testing.T) {
	r := newReturnRig(t, Config{Sizer: inItems, QueueSize: 400}, someVisits(10))
	r.Started(t.Context(), func(ctx context.Context, b *Batch) error {
		return r.put(ctx, 0, b)
	})
	r.returning.Wait()
	r.BeginShutdown()
	assert.Zero(t, r.dropped)
	assert.Zero(t, visitsAside(t, r.disk))
	assert.Contains(t, r.disk.Now(), "0", "it is in the queue")
	require.NoError(t, r.Close(t.Context()))
}

// TestABatchThatIsOverwrittenIsCounted: the queue takes its place, but not the batch.
func TestABatchThatIsOverwrittenIsCounted(t *testing.T) {
	for name, c := range map[string]struct {
		err  error
		lost int
	}{"refused": {exporterhelper.ErrQueueIsFull, 25}, "taken in part": {nil, 15}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newReturnRig(t, Config{Sizer: inItems, QueueSize: 40}, someVisits(25))
				another := marshal(t, r.settings.Encoding, lineUp(r.settings.Encoding.Destination.Framing, someVisits(1)...))
				r.Started(t.Context(), func(ctx context.Context, _ *Batch) error {
					require.NoError(t, r.Set(ctx, "0", another))
					return c.err
				})
				r.returning.Wait()
				r.BeginShutdown()
				assert.Equal(t, c.lost, r.dropped)
				assert.Equal(t, another, r.disk.Now()["0"])
				require.NoError(t, r.Close(t.Context()))
			})
		})
	}
}

func TestABatchThatIsDroppedWhileItWaitsForRoomDoesNotReturn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newReturnRig(t, Config{Sizer: inItems, QueueSize: 40}, someVisits(4), someVisits(3))
		require.NoError(t, r.Set(t.Context(), notes, notesOf(40, 0, 1)))
		var returned []int
		r.Started(t.Context(), func(_ context.Context, b *Batch) error {
			returned = append(returned, b.Count)
			return nil
		})
		synctest.Wait()
		r.mu.Lock()
		r.maxAside = r.index.bytes() - 1
		r.setAside(t.Context(), nil)
		r.mu.Unlock()
		require.NoError(t, r.Set(t.Context(), notes, notesOf(0, 1, 1)))
		r.returning.Wait()
		assert.Equal(t, []int{3}, returned)
		assert.Equal(t, 4, r.dropped)
		r.BeginShutdown()
		require.NoError(t, r.Close(t.Context()))
	})
}
