// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package delivery

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// counter serves one request at a time.
type counter struct {
	takes   time.Duration // each
	isFIFO  bool
	random  *random
	mu      sync.Mutex
	waiting []func()
	isBusy  bool
}

// serve runs work when its turn has come, and returns when it has.
func (c *counter) serve(work func()) (served <-chan struct{}) {
	done := make(chan struct{})
	c.mu.Lock()
	defer c.mu.Unlock()
	c.waiting = append(c.waiting, func() { work(); close(done) })
	if !c.isBusy {
		c.isBusy = true
		go c.run()
	}
	return done
}

func (c *counter) run() {
	for {
		c.mu.Lock()
		if len(c.waiting) == 0 {
			c.isBusy = false
			c.mu.Unlock()
			return
		}
		i := 0
		if !c.isFIFO {
			i = int(c.random.upTo(time.Duration(len(c.waiting))))
		}
		work := c.waiting[i]
		c.waiting = slices.Delete(c.waiting, i, i+1)
		c.mu.Unlock()
		time.Sleep(c.takes)
		work()
	}
}

// await waits for what is served, as long as a client does.
func await(ctx context.Context, served <-chan struct{}) (*http.Response, error) {
	select {
	case <-served:
		return withStatus(http.StatusOK)(nil)
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// pushAllOf pushes batches of some visits each.
func (s *simulation) pushAllOf(t *testing.T, batches, perBatch int) {
	t.Helper()
	for k := range batches {
		s.consumers <- struct{}{}
		s.pushes.Go(func() {
			_ = s.Push(t.Context(), numbered(k*perBatch, perBatch, nothingBad)) // some are left at the end
			<-s.consumers
		})
	}
}

// requireAfter requires that at least so many visits have arrived after the time, and
// at most a share of them twice.
func (s *simulation) requireAfter(t *testing.T, after time.Duration, least int, mostDoubled float64) {
	t.Helper()
	<-time.After(after)
	arrived, doubled, _ := s.ledger.counts()
	assert.GreaterOrEqual(t, arrived, least)
	assert.LessOrEqual(t, float64(doubled), mostDoubled*float64(arrived))
}

// TestAnAPIThatTakesABodyASecondIsNotOverrun: it goes on with what it was sent though
// the client has left, as servers do.
func TestAnAPIThatTakesABodyASecondIsNotOverrun(t *testing.T) {
	for _, isFIFO := range []bool{true, false} {
		for _, timeout := range []time.Duration{5 * time.Second, 30 * time.Second} {
			t.Run(fmt.Sprint(timeout, " in order ", isFIFO), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					s := newSimulation(t, timeout)
					c := &counter{takes: time.Second, isFIFO: isFIFO, random: s.random}
					s.client.http.Transport = transport(func(r *http.Request) (*http.Response, error) {
						body, err := s.ledger.receive(r)
						if err != nil {
							return nil, err
						}
						return await(r.Context(), c.serve(func() { s.ledger.take(body) }))
					})
					s.pushes.Go(func() { s.pushAllOf(t, 53, 750) }) // so that stop waits for it
					s.requireAfter(t, 50*time.Second, 30_000, 0.02)
					s.stop(t)
					<-time.After(5 * time.Minute) // until the API has served all
				})
			})
		}
	}
}

// sharedLine is a line of which requests share so many bytes a second. The API takes a body as
// soon as it is whole, though the client may have left.
func (s *simulation) sharedLine(perSecond int) transport {
	const packet = 1_500
	line := &counter{takes: time.Second * packet / time.Duration(perSecond), isFIFO: true}
	return func(r *http.Request) (*http.Response, error) {
		body, err := s.ledger.receive(r)
		if err != nil {
			return nil, err
		}
		for range len(body) / packet {
			if _, err := await(r.Context(), line.serve(func() {})); err != nil {
				return nil, err
			}
		}
		return await(r.Context(), line.serve(func() { s.ledger.take(body) }))
	}
}

// TestASlowLineIsNotOverrun: of 150 kB a second. It carries 42,600 of these visits in a
// minute.
func TestASlowLineIsNotOverrun(t *testing.T) {
	for _, perBatch := range []int{1_900, 3_500} {
		for _, timeout := range []time.Duration{5 * time.Second, 30 * time.Second} {
			t.Run(fmt.Sprint(timeout, " ", perBatch), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					s := newSimulation(t, timeout)
					s.client.http.Transport = s.sharedLine(150_000)
					s.pushes.Go(func() { s.pushAllOf(t, 60, perBatch) }) // so that stop waits for it
					s.requireAfter(t, 60*time.Second, 38_000, 0)
					s.stop(t)
					<-time.After(5 * time.Minute) // until the API has served all
				})
			})
		}
	}
}

// TestABacklogAfterAQuietHourDoesNotOverrunTheLine: what small bodies have shown says nothing of
// large ones.
func TestABacklogAfterAQuietHourDoesNotOverrunTheLine(t *testing.T) {
	const inQuiet, perBatch = 60, 20
	for _, timeout := range []time.Duration{5 * time.Second, 30 * time.Second} {
		t.Run(fmt.Sprint(timeout), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSimulation(t, timeout)
				s.client.http.Transport = s.sharedLine(150_000)
				for k := range inQuiet {
					s.push(t, numbered(1_000_000+k*perBatch, perBatch, nothingBad))
					<-time.After(time.Minute)
				}
				s.pushes.Go(func() { s.pushAllOf(t, 60, 3_500) }) // so that stop waits for it
				s.requireAfter(t, 60*time.Second, inQuiet*perBatch+38_000, 0)
				s.stop(t)
				<-time.After(5 * time.Minute)
			})
		})
	}
}

// TestAnAPIThatIsSlowToAllAtOnceGetsAllRequests: it needs six seconds, for ten bodies as for one.
func TestAnAPIThatIsSlowToAllAtOnceGetsAllRequests(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSimulation(t, 30*time.Second)
		s.client.http.Transport = s.ledger.behind(nil, 6*time.Second)
		s.pushes.Go(func() { s.pushAllOf(t, 600, 350) }) // so that stop waits for it
		s.requireAfter(t, 5*time.Minute, 140_000, 0)
		s.stop(t)
	})
}

// TestAnswersThatAreLostDoubleTheirBodies states the bound of visits that arrive twice:
// the API has taken them, and each lost answer doubles one body, in an outage a visit.
func TestAnswersThatAreLostDoubleTheirBodies(t *testing.T) {
	for name, test := range map[string]struct {
		isLost func(*simulation) bool
		most   float64
	}{
		"one of ten answers":      {func(s *simulation) bool { return s.random.happens(0.1) }, 0.2},
		"all for ten minutes":     {func(s *simulation) bool { return s.elapsed() < 10*time.Minute }, 0.05},
		"all for a second in ten": {func(s *simulation) bool { return s.elapsed()%(10*time.Second) < time.Second }, 0.2},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				const batches, perBatch = 100, 200
				s := newSimulation(t, 5*time.Second)
				takes := s.ledger.behind(nil, 20*time.Millisecond)
				s.client.http.Transport = transport(func(r *http.Request) (*http.Response, error) {
					isLost := test.isLost(s)
					answer, err := takes(r)
					if isLost {
						return withReset(r)
					}
					return answer, err
				})
				for k := range batches {
					s.push(t, numbered(k*perBatch, perBatch, nothingBad))
					<-time.After(time.Second)
				}
				s.pushes.Wait()
				arrived, doubled, _ := s.ledger.counts()
				require.Equal(t, batches*perBatch, arrived)
				assert.LessOrEqual(t, float64(doubled), test.most*float64(arrived))
			})
		})
	}
}
