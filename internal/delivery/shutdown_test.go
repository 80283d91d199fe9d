// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package delivery

import (
	"context"
	"errors"
	"net/http"
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

// pushes pushes n batches of as many visits, and returns when they wait or are under
// way. Their errors come out of the channel.
func (d *testDelivery) pushes(n, visits int) (ended chan error) {
	ended = make(chan error, n)
	for range n {
		go func() { ended <- d.Push(context.Background(), newBatch(visits)) }()
	}
	synctest.Wait()
	return ended
}

func TestAHangingServerCannotHoldTheShutdown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newTestDelivery(t)
		d.api.Script(fakeapi.KnownAgents, fakeapi.Step{Hang: make(chan struct{}), Times: fakeapi.Forever})
		ended, begun := d.pushes(10, 1), time.Now()
		d.BeginShutdown()
		for range 10 {
			require.ErrorIs(t, <-ended, errStopped)
		}
		assert.Equal(t, drainTime, time.Since(begun))
		assert.EqualValues(t, 10, d.dropped(t, telemetry.DropGivenUp))
	})
}

func TestAShutdownDoesNotWaitForAPauseThatOutlastsIt(t *testing.T) {
	for name, step := range map[string]fakeapi.Step{
		"429": {Status: 429, RetryAfter: "900", Times: fakeapi.Forever},
		"401": {Status: 401, Times: fakeapi.Forever},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := newTestDelivery(t)
				d.api.Script(fakeapi.KnownAgents, step)
				ended := d.pushes(2, 1)
				requests, begun := len(d.api.Requests(fakeapi.KnownAgents)), time.Now()
				d.BeginShutdown()
				require.Error(t, <-ended)
				require.Error(t, <-ended)
				require.Error(t, d.Push(t.Context(), newBatch(1)), "what comes then does not wait either")
				assert.Zero(t, time.Since(begun))
				assert.Len(t, d.api.Requests(fakeapi.KnownAgents), requests)
				assert.EqualValues(t, 3, d.dropped(t, telemetry.DropGivenUp))
			})
		})
	}
}

func TestWhatADiskKeepsDoesNotWaitForAPauseAtTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newTestDelivery(t)
		d.keeper = keptOnDisk
		d.api.Script(fakeapi.KnownAgents, fakeapi.Step{Status: 429, RetryAfter: "5"})
		ended, begun := d.pushes(1, 1), time.Now()
		d.BeginShutdown()
		require.Error(t, <-ended)
		assert.Zero(t, time.Since(begun))
		assert.Zero(t, d.dropped(t, telemetry.DropGivenUp))
	})
}

func TestNoRequestOfAQueueOnDiskIsCutOffAtTheEndIfItIsAnsweredWithinTwoSeconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newTestDelivery(t)
		d.keeper = keptOnDisk
		d.api.Script(fakeapi.KnownAgents, fakeapi.Step{Delay: 1900 * time.Millisecond, Store: true, Status: 200, Times: fakeapi.Forever})
		ended, begun := d.pushes(200, 1), time.Now()
		d.BeginShutdown()
		delivered := 0
		for range 200 {
			if err := <-ended; err == nil {
				delivered++
			} else {
				require.ErrorIs(t, err, errStopped)
			}
		}
		assert.Len(t, d.arrived(), delivered)
		assert.Positive(t, delivered)
		assert.Less(t, delivered, 200)
		assert.Less(t, time.Since(begun), drainTime)
		require.ErrorIs(t, d.Push(t.Context(), newBatch(1)), errStopped, "what comes then is not sent")
		assert.Len(t, d.arrived(), delivered)
	})
}

func TestWhatWaitsInAnOutageIsTriedOnceMoreAtTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newTestDelivery(t)
		d.api.Script(fakeapi.KnownAgents, fakeapi.Step{Status: 500, Times: 5})
		ended := d.pushes(5, 3)
		<-time.After(time.Minute)
		d.api.Script(fakeapi.KnownAgents) // all the failures are over
		begun := time.Now()
		d.BeginShutdown()
		for range 5 {
			require.NoError(t, <-ended)
		}
		assert.Zero(t, time.Since(begun))
		assert.Len(t, d.arrived(), 15)
		assert.Zero(t, d.dropped(t, telemetry.DropGivenUp))
	})
}

func TestVisitsLeftAtTheEndAreCountedAndSaidOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newTestDelivery(t)
		d.client.http.Transport = transport(withReset)
		ended := d.pushes(3, 4)
		d.BeginShutdown()
		for range 3 {
			require.Error(t, <-ended)
		}
		require.NoError(t, d.Shutdown(t.Context()))
		assert.EqualValues(t, 12, d.dropped(t, telemetry.DropGivenUp))
		told := d.logs.FilterMessageSnippet("before the end").All()
		require.Len(t, told, 1)
		assert.EqualValues(t, 12, told[0].ContextMap()["visits"])
	})
}

func TestAVisitAtFaultIsRejectedAndNotGivenUpAtTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newTestDelivery(t)
		d.object(withStatus(403))
		require.NoError(t, d.Push(t.Context(), newBatch(1)))
		ended := make(chan error)
		go func() { ended <- d.Push(t.Context(), newBatch(100, 42)) }()
		<-time.After(2 * time.Second)
		begun := time.Now()
		d.BeginShutdown()
		require.NoError(t, <-ended)
		assert.LessOrEqual(t, time.Since(begun), drainTime)
		assert.EqualValues(t, 1, d.dropped(t, telemetry.DropRejected))
		assert.Zero(t, d.dropped(t, telemetry.DropGivenUp))
	})
}

func TestAtTheEndAPauseDecidesWhetherThereIsALastTry(t *testing.T) {
	for name, test := range map[string]struct {
		retryAfter string
		passed     time.Duration // from the answer to the shutdown
		delivered  bool
	}{
		"one that ends while there is time":        {"5", time.Second, true},
		"one that lasts longer than there is time": {"30", time.Second, false},
		"one that was longer but is nearly over":   {"30", 27 * time.Second, true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := newTestDelivery(t)
				d.api.Script(fakeapi.KnownAgents, fakeapi.Step{Status: 429, RetryAfter: test.retryAfter})
				ended := d.pushes(1, 100)
				<-time.After(test.passed)
				begun := time.Now()
				d.BeginShutdown()
				err := <-ended
				assert.Less(t, time.Since(begun), drainTime)
				if test.delivered {
					require.NoError(t, err)
					assert.Len(t, d.arrived(), 100)
					assert.Zero(t, d.dropped(t, telemetry.DropGivenUp))
				} else {
					require.Error(t, err)
					assert.Zero(t, time.Since(begun), "nobody waits for nothing")
					assert.Len(t, d.api.Requests(fakeapi.KnownAgents), 1)
					assert.EqualValues(t, 100, d.dropped(t, telemetry.DropGivenUp))
				}
			})
		})
	}
}

func TestAPauseThatBeginsInTheLastTryHoldsNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newTestDelivery(t)
		d.api.Script(fakeapi.KnownAgents, fakeapi.Step{Status: 500, Times: 3}, fakeapi.Step{Status: 429, RetryAfter: "900", Times: fakeapi.Forever})
		ended, begun := d.pushes(3, 1), time.Now()
		d.BeginShutdown()
		for range 3 {
			require.Error(t, <-ended)
		}
		assert.Equal(t, begun, time.Now())
		assert.EqualValues(t, 3, d.dropped(t, telemetry.DropGivenUp))
	})
}

func TestNothingIsSentOnceTheTimeForTheEndIsOver(t *testing.T) {
	d := newTestDelivery(t)
	require.NoError(t, d.Push(t.Context(), newBatch(1)))
	d.BeginShutdown()
	d.stop(errStopped)
	require.ErrorIs(t, d.Push(t.Context(), newBatch(2)), errStopped)
	require.NoError(t, d.Shutdown(t.Context()))
	assert.Len(t, d.api.Requests(fakeapi.KnownAgents), 1, "what is sent now might arrive and be counted as dropped")
	assert.EqualValues(t, 2, d.dropped(t, telemetry.DropGivenUp))
}

func TestNoStatusIsReportedOnceShutdownHasBegun(t *testing.T) {
	d := newTestDelivery(t)
	d.BeginShutdown()
	d.api.Script(fakeapi.KnownAgents, fakeapi.Step{Status: 401, Times: fakeapi.Forever})
	require.Error(t, d.Push(t.Context(), newBatch(1)))
	assert.Empty(t, d.host.Statuses())
	assert.Equal(t, 1, d.logs.FilterMessageSnippet("cannot be delivered and").Len())
}

func TestAShutdownWithNothingLeftIsSilent(t *testing.T) {
	d := newTestDelivery(t)
	require.NoError(t, d.Push(t.Context(), newBatch(1)))
	require.NoError(t, d.Shutdown(t.Context()))
	assert.Empty(t, d.logs.All())
}

// TestADeliveryThatNeverStartedCanBeShutDown is needed because the Collector shuts
// down everything if anything fails to start.
func TestADeliveryThatNeverStartedCanBeShutDown(t *testing.T) {
	started := newTestDelivery(t)
	other := New(started.settings)
	require.NoError(t, other.Shutdown(t.Context()))
	require.NoError(t, started.Push(t.Context(), newBatch(1)))
}

func TestAShutdownLetsGoOfTheDispatcher(t *testing.T) {
	d := newTestDelivery(t)
	was := d.dispatcher
	require.NoError(t, d.Shutdown(t.Context()))
	assert.NotSame(t, was, d.settings.Dispatchers.acquire(d.settings.Exporter.ID, &d.settings))
}

var errGone = errors.New("connection refused")

// TestOneSignalEndsWhileTheOtherGoesOn has both share a dispatcher in an outage. The
// visits of the one that ends are given up; those of the other wait and arrive.
func TestOneSignalEndsWhileTheOtherGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		traces := newTestDelivery(t)
		logs := &testDelivery{Delivery: New(traces.settings), api: traces.api, telemetry: traces.telemetry}
		require.NoError(t, logs.Start(t.Context(), traces.host))
		require.Same(t, traces.dispatcher, logs.dispatcher)
		var isUp atomic.Bool
		api := transport(func(r *http.Request) (*http.Response, error) {
			if isUp.Load() {
				return withStatus(http.StatusOK)(r)
			}
			return nil, errGone
		})
		traces.client.http.Transport, logs.client.http.Transport = api, api
		ofTraces, ofLogs := traces.pushes(3, 2), logs.pushes(3, 5)
		<-time.After(time.Hour)

		traces.BeginShutdown()
		for range 3 {
			require.ErrorIs(t, <-ofTraces, errGone)
		}
		require.NoError(t, traces.Shutdown(t.Context()))
		assert.EqualValues(t, 6, traces.dropped(t, telemetry.DropGivenUp))
		synctest.Wait()
		require.Empty(t, ofLogs, "the others wait")

		isUp.Store(true)
		var drained sync.WaitGroup
		drained.Go(func() {
			for range 3 {
				assert.NoError(t, <-ofLogs)
			}
		})
		drained.Wait()
		require.NoError(t, logs.Shutdown(t.Context()))
		assert.EqualValues(t, 6, traces.dropped(t, telemetry.DropGivenUp), "nothing of the others is lost")
	})
}
