// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package delivery

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fakeapi"
	"github.com/agentvisits/agentvisitsexporter/internal/telemetry"
)

// pushAll pushes batches as if each had a consumer of its own.
func (d *testDelivery) pushAll(t *testing.T, n, visits int) *sync.WaitGroup {
	t.Helper()
	consumers := new(sync.WaitGroup)
	for k := range n {
		consumers.Go(func() { assert.NoError(t, d.Push(t.Context(), batchNamed(k, visits, false))) })
		synctest.Wait() // so that they come in this order
	}
	return consumers
}

func TestNobodySendsDuringAPauseAndOneProbesAfterIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, begun := newTestDelivery(t), time.Now()
		release := make(chan struct{})
		d.api.Script(fakeapi.KnownAgents, fakeapi.Step{Status: 429, RetryAfter: "30"}, fakeapi.Step{Hang: release})
		consumers := d.pushAll(t, 10, 1)
		require.Len(t, d.api.Requests(fakeapi.KnownAgents), 1, "during the pause")
		assert.True(t, d.dispatcher.isPaused())
		<-time.After(29 * time.Second)
		require.Len(t, d.api.Requests(fakeapi.KnownAgents), 1, "during the pause")

		require.NoError(t, d.api.WaitRequests(t.Context(), fakeapi.KnownAgents, 2))
		synctest.Wait()
		assert.GreaterOrEqual(t, time.Since(begun), 30*time.Second)
		assert.LessOrEqual(t, time.Since(begun), 36*time.Second)
		assert.Equal(t, 2, d.api.Counts(fakeapi.KnownAgents).Requests, "one probe, while nine wait")
		assert.True(t, d.dispatcher.isPaused(), "until the probe is answered")

		answered := time.Now()
		close(release)
		consumers.Wait()
		assert.Len(t, d.arrived(), 10)
		assert.Equal(t, answered, time.Now(), "all go at once when the probe has succeeded")
		assert.False(t, d.dispatcher.isPaused())
	})
}

func TestAShortRetryAfterIsNotStretched(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, begun := newTestDelivery(t), time.Now()
		d.api.Script(fakeapi.KnownAgents, fakeapi.Step{Status: 429, RetryAfter: "1"})
		require.NoError(t, d.Push(t.Context(), newBatch(1)))
		assert.GreaterOrEqual(t, time.Since(begun), time.Second)
		assert.Less(t, time.Since(begun), 2*time.Second)
	})
}

func TestAProbeThatFailsLetsTheNextOneGo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newTestDelivery(t)
		d.api.Script(fakeapi.KnownAgents, fakeapi.Step{Status: 429, RetryAfter: "1"}, fakeapi.Step{Status: 500}, fakeapi.Step{Status: 429})
		require.NoError(t, d.Push(t.Context(), newBatch(1)))
		assert.Len(t, d.api.Requests(fakeapi.KnownAgents), 4)
	})
}

// TestWhatAProbeHolds has 100 visits wait. Each request is refused until the pause,
// and the sixth is the probe after it.
func TestWhatAProbeHolds(t *testing.T) {
	for name, test := range map[string]struct {
		refusals []int
		probe    int // visits
	}{
		"one visit in an outage":         {[]int{500, 500, 500, 500}, 1},
		"one visit if the key is wrong":  {[]int{401, 401, 401, 401}, 1},
		"a whole body after a 429":       {[]int{429}, 100},
		"one visit if that helped not":   {[]int{429, 429}, 1},
		"one visit after a single doubt": {[]int{500}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := newTestDelivery(t)
				for _, status := range test.refusals {
					d.api.Script(fakeapi.KnownAgents, fakeapi.Step{Status: status})
				}
				require.NoError(t, d.Push(t.Context(), newBatch(100)))
				assert.Equal(t, test.probe, d.api.Requests(fakeapi.KnownAgents)[len(test.refusals)].Visits)
				assert.ElementsMatch(t, wantPaths(100), d.arrived())
			})
		})
	}
}

func TestBodiesGoInTheOrderInWhichTheyCame(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, release := newTestDelivery(t), make(chan struct{})
		d.api.Script(fakeapi.KnownAgents, fakeapi.Step{Hang: release})
		d.dispatcher.pace.mostUnder = 1
		consumers := d.pushAll(t, 20, 2)
		close(release)
		consumers.Wait()
		var want []string
		for k := range 20 {
			want = append(want, fmt.Sprintf("/%d-0", k), fmt.Sprintf("/%d-1", k))
		}
		assert.Equal(t, want, d.arrived())
	})
}

func TestSuspectsAndOthersTakeTurns(t *testing.T) {
	l := newDispatcher(&Settings{}).only
	s := newShipment(t.Context(), nil, 0)
	of := func(path string) *body {
		return &body{shipment: s, visits: batchOf(1, func(int) string { return path })}
	}
	for i := range 6 {
		l.ready = append(l.ready, of(fmt.Sprint("/ready", i)))
	}
	for i := range 3 {
		l.suspects = append(l.suspects, of(fmt.Sprint("/suspect", i)))
	}
	l.suspects[1].readyAt = noon
	order := slices.Concat(l.ready[:1], l.suspects[:1], l.ready[1:2], l.suspects[2:], l.ready[2:])
	for i, want := range order {
		got, _ := l.take(noon.Add(-time.Second))
		assert.Same(t, want, got, "%d", i)
	}
	got, _ := l.take(noon.Add(-time.Second))
	assert.Nil(t, got, "it is not time for the last")
	assert.Equal(t, noon, l.nextChange(noon.Add(-time.Second)))
	got, _ = l.take(noon)
	assert.NotNil(t, got)
	assert.Zero(t, l.nextChange(noon))
}

// TestNeitherFreshNorOldVisitsStarve has more fresh visits than the API takes, and a
// body with visits at fault.
func TestNeitherFreshNorOldVisitsStarve(t *testing.T) {
	for name, o := range map[string]objection{"422": withStatus(422), "500": withStatus(500)} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := newTestDelivery(t)
				d.dispatcher.pace.mostUnder = 1
				d.object(o)
				api := d.client.http.Transport
				d.client.http.Transport = transport(func(r *http.Request) (*http.Response, error) {
					time.Sleep(100 * time.Millisecond)
					return api.RoundTrip(r)
				})
				old := make(chan time.Duration)
				go func() {
					begun := time.Now()
					assert.NoError(t, d.Push(t.Context(), newBatch(1_000, 7, 500, 900)))
					old <- time.Since(begun)
				}()
				var fresh sync.WaitGroup
				var worst atomic.Int64
				stop := make(chan struct{})
				for k := range 18 { // as many as there are consumers
					fresh.Go(func() {
						for {
							select {
							case <-stop:
								return
							default:
							}
							begun := time.Now()
							assert.NoError(t, d.Push(t.Context(), batchNamed(k, 1, false)))
							worst.Store(max(worst.Load(), int64(time.Since(begun))))
						}
					})
				}
				assert.Less(t, <-old, 2*time.Minute, "the old are delivered or dropped")
				close(stop)
				fresh.Wait()
				assert.Less(t, time.Duration(worst.Load()), 10*time.Second, "18 bodies, and a suspect for each")
				assert.EqualValues(t, 3, d.dropped(t, telemetry.DropRejected))
			})
		})
	}
}

// TestRequestsUnderWayAreBounded counts the requests and the goroutines of 100 consumers
// whose requests all hang.
func TestRequestsUnderWayAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, most := newTestDelivery(t), 0
		underWay, mu := 0, sync.Mutex{}
		change := func(by int) {
			mu.Lock()
			defer mu.Unlock()
			underWay += by
			most = max(most, underWay)
		}
		d.dispatcher.pace = grown()
		var isUp atomic.Bool
		d.client.http.Transport = transport(func(r *http.Request) (*http.Response, error) {
			change(1)
			defer change(-1)
			if !isUp.Load() {
				return withSilence(r)
			}
			time.Sleep(quick)
			return withStatus(200)(r)
		})
		consumers := d.pushAll(t, 100, 1)
		<-time.After(25 * time.Second) // the client's timeout is 30 s
		mu.Lock()
		assert.LessOrEqual(t, most, 10+maxLate)
		assert.Greater(t, most, 10, "others go while some are late")
		mu.Unlock()
		isUp.Store(true)
		consumers.Wait()
		mu.Lock()
		assert.LessOrEqual(t, most, 10+maxLate)
		mu.Unlock()
	})
}

// TestNobodyWaitsForever has each body come while the API is paused, in doubt, or busy,
// at odd moments. Whoever waits must be woken.
func TestNobodyWaitsForever(t *testing.T) {
	for seed := range uint64(50) {
		t.Run(strconv.FormatUint(seed, 10), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d, random := newTestDelivery(t), newRandom(seed)
				api := d.client.http.Transport
				all := []objection{withStatus(500), withStatus(429), withStatus(403), withStatus(503, "Retry-After", "3"), withReset, withSilence}
				d.client.http.Transport = transport(func(r *http.Request) (*http.Response, error) {
					time.Sleep(random.upTo(2 * time.Second))
					if random.upTo(3) > 0 {
						return api.RoundTrip(r)
					}
					return all[random.upTo(time.Duration(len(all)))](r)
				})
				var consumers sync.WaitGroup
				for k := range 40 {
					<-time.After(random.upTo(3 * time.Second))
					consumers.Go(func() { assert.NoError(t, d.Push(t.Context(), batchNamed(k, 1+k%9, false))) })
				}
				consumers.Wait()
				assert.Len(t, d.arrived(), 190)
				assert.Zero(t, d.dropped(t, telemetry.DropRejected))
			})
		})
	}
}
