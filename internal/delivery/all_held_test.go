// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package delivery

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/agentvisits/agentvisitsexporter/internal/queue"
)

// line is the helper's queue: whoever waits for a consumer, the first first.
type line struct {
	*simulation
	batches chan *queue.Batch
	back    atomic.Int64 // how many have come back
}

// newLine has as many consumers as the helper's queue has, and room for more batches than
// that.
func newLine(t *testing.T, most int) *line {
	t.Helper()
	l := &line{simulation: newSimulation(t, 30*time.Second), batches: make(chan *queue.Batch, most)}
	l.settings.Requeue = func(_ context.Context, b *queue.Batch) error {
		select {
		case l.batches <- b:
			l.back.Add(1)
			return nil
		default:
			return errors.New("the queue is full")
		}
	}
	for range cap(l.consumers) {
		go func() {
			for b := range l.batches {
				l.pushes.Add(1)
				_ = l.Push(t.Context(), b) // what is given up is counted
				l.pushes.Done()
			}
		}()
	}
	return l
}

// TestBadVisitsThatHoldAllConsumersLetOthersPass: more batches of nothing but bad visits
// than there are consumers come first.
func TestBadVisitsThatHoldAllConsumersLetOthersPass(t *testing.T) {
	for _, name := range []string{"403", "422", "429", "429 with Retry-After", "500", "a reset", "silence"} {
		for _, more := range []int{0, 20} {
			t.Run(fmt.Sprint(name, " ", more), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					const good = 500
					l := newLine(t, 1000)
					defer close(l.batches)
					l.client.http.Transport = l.ledger.behind(objections[name], 20*time.Millisecond)
					bad := cap(l.consumers) + more
					for i := range bad {
						l.batches <- numbered(i, 1, func(int) bool { return true })
					}
					for i := range good {
						l.batches <- numbered(bad+i, 1, nothingBad)
					}
					begun := time.Now()
					for arrived := 0; arrived < good && time.Since(begun) < time.Hour; arrived, _, _ = l.ledger.counts() {
						<-time.After(time.Second)
					}
					t.Log("all good ones after", time.Since(begun), "with", l.back.Load(), "that came back")
					assert.Less(t, time.Since(begun), 40*time.Minute)
					if strings.HasPrefix(name, "429") {
						l.stop(t)
						return // sixty tries of each take hours
					}
					others := 0
					for ; int(l.dropped(t, dropReasonOf(name))) < bad && time.Since(begun) < 3*time.Hour; others++ {
						l.batches <- numbered(bad+good+others, 1, nothingBad)
						<-time.After(5 * time.Second)
					}
					l.finish(t, good+others, bad, dropReasonOf(name))
				})
			})
		}
	}
}

// TestMoreBadVisitsThanConsumersHoldUpNobody: each is in a batch of its own among good ones.
func TestMoreBadVisitsThanConsumersHoldUpNobody(t *testing.T) {
	const batches, perBatch, bad = 375, 160, 60
	for _, name := range []string{"403", "422", "429", "500", "a reset"} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := newLine(t, batches+100)
				defer close(l.batches)
				l.client.http.Transport = l.ledger.behind(objections[name], 2*time.Millisecond)
				for k := range batches {
					l.batches <- numbered(k*perBatch, perBatch, func(i int) bool { return i%(batches/bad*perBatch) == 77 })
				}
				places := (batches + batches/bad - 1) / (batches / bad)
				<-time.After(90 * time.Second)
				arrived, doubled, _ := l.ledger.counts()
				assert.Equal(t, batches*perBatch-places, arrived)
				assert.Zero(t, doubled)
				others := 0
				for ; int(l.dropped(t, dropReasonOf(name))) < places && l.elapsed() < 3*time.Hour; others++ {
					l.batches <- numbered(batches*perBatch+others, 1, nothingBad)
					<-time.After(5 * time.Second)
				}
				t.Log("all dropped after", l.elapsed(), "with", l.back.Load(), "that came back")
				l.finish(t, batches*perBatch-places+others, places, dropReasonOf(name))
			})
		})
	}
}

// TestAnOutageWithAFullQueueKeepsWhatHoldsTheConsumers where nothing can go back.
func TestAnOutageWithAFullQueueKeepsWhatHoldsTheConsumers(t *testing.T) {
	for name, most := range map[string]int{"full": 0, "with room": 100} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := newLine(t, most)
				defer close(l.batches)
				isDown := func() bool { return l.elapsed() < 2*time.Hour }
				l.client.http.Transport = l.ledger.unless(isDown, withReset, l.ledger.behind(nil, 20*time.Millisecond))
				batches := cap(l.consumers) + most
				for k := range batches {
					l.batches <- numbered(k*100, 100, nothingBad)
				}
				<-time.After(2*time.Hour + time.Minute)
				l.finish(t, batches*100, 0, dropReasonOf("a reset"))
				assert.Less(t, l.ledger.requests, 2*3600/5+2*batches)
			})
		})
	}
}

// TestBodiesThatAskForAPauseDoNotGoRoundInTheQueue: every tenth second one comes with a visit at
// fault, for which the API asks for a pause, until they hold all consumers.
func TestBodiesThatAskForAPauseDoNotGoRoundInTheQueue(t *testing.T) {
	for _, name := range []string{"429 with Retry-After", "503 with Retry-After"} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				const batches, perBatch, badEvery = 120, 100, 200
				l := newLine(t, 1000)
				defer close(l.batches)
				l.client.http.Transport = l.ledger.behind(objections[name], 20*time.Millisecond)
				for k := range batches {
					l.batches <- numbered(k*perBatch, perBatch, func(i int) bool { return i%badEvery == 99 })
					<-time.After(5 * time.Second)
				}
				<-time.After(time.Minute)
				arrived, doubled, _ := l.ledger.counts()
				assert.Equal(t, batches*perBatch*(badEvery-1)/badEvery, arrived)
				assert.Zero(t, doubled)
				l.stop(t)
			})
		})
	}
}

// TestThousandsOfBadVisitsAreKnownAgainAfterAnOutage: they go round in the queue, and one that
// nobody remembers costs a pause.
func TestThousandsOfBadVisitsAreKnownAgainAfterAnOutage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const batches, perBatch, badEvery = 1000, 40, 20
		l := newLine(t, 10*batches)
		defer close(l.batches)
		isDown := func() bool { return l.elapsed() > 10*time.Second && l.elapsed() < 6*time.Minute }
		l.client.http.Transport = l.ledger.unless(isDown, withStatus(500), l.ledger.behind(withStatus(500), 20*time.Millisecond))
		for k := range batches {
			l.batches <- numbered(k*perBatch, perBatch, func(i int) bool { return i%badEvery == 7 })
		}
		others := batches * perBatch
		for ; l.elapsed() < 20*time.Minute; others++ {
			<-time.After(5 * time.Second)
			l.batches <- numbered(others, 1, nothingBad)
		}
		<-time.After(time.Minute)
		arrived, doubled, _ := l.ledger.counts()
		assert.Equal(t, others-batches*perBatch/badEvery, arrived)
		assert.Zero(t, doubled)
		l.stop(t)
	})
}
