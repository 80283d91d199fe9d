// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package delivery

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fakeapi"
	"github.com/agentvisits/agentvisitsexporter/internal/telemetry"
)

func TestAHangingServerCannotHoldTheShutdown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newTestDelivery(t)
		d.api.Script(fakeapi.KnownAgents, fakeapi.Step{Hang: make(chan struct{}), Times: fakeapi.Forever})
		var consumers sync.WaitGroup
		for range 10 {
			consumers.Go(func() {
				request := newBatch(1)
				err := d.Push(context.Background(), request)
				assert.ErrorIs(t, err, errStopped)
				assert.Equal(t, 1, request.OnError(err).ItemsCount())
			})
		}
		synctest.Wait()
		begun := time.Now()
		d.BeginShutdown()
		consumers.Wait()
		assert.Equal(t, drainTime, time.Since(begun))
	})
}

func TestAPausedDeliveryCannotHoldTheShutdown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newTestDelivery(t)
		d.api.Script(fakeapi.KnownAgents, fakeapi.Step{Status: 429, RetryAfter: "900"})
		require.Error(t, d.Push(t.Context(), newBatch(1)))
		d.BeginShutdown()
		require.ErrorIs(t, d.Push(t.Context(), newBatch(1)), errStopped)
	})
}

func TestVisitsLeftAtTheEndAreCountedAsDropped(t *testing.T) {
	d := newTestDelivery(t)
	d.api.Script(fakeapi.KnownAgents, fakeapi.Step{Status: 500, Times: 3})
	first, second := newBatch(3), newBatch(4)
	err := d.Push(t.Context(), first)
	require.Error(t, err)
	require.Error(t, d.Push(t.Context(), second))
	err = d.Push(t.Context(), first.OnError(err))
	require.Error(t, err)
	require.NoError(t, d.Push(t.Context(), first.OnError(err)))

	assert.Equal(t, 4, d.pendingRetries.count())
	d.client.http.Transport = failing{errors.New("connection refused")}
	require.NoError(t, d.Shutdown(t.Context()))
	assert.EqualValues(t, 4, d.dropped(t, telemetry.DropGivenUp))
}

func TestWhatWaitsForARetryIsTriedOnceMoreAtTheEnd(t *testing.T) {
	d := newTestDelivery(t)
	d.api.Script(fakeapi.KnownAgents, fakeapi.Step{Status: 500, Times: 2})
	require.Error(t, d.Push(t.Context(), newBatch(3)))
	require.Error(t, d.Push(t.Context(), newBatch(2)))
	require.NoError(t, d.Shutdown(t.Context()))
	assert.Len(t, d.arrived(), 5)
	assert.Zero(t, d.dropped(t, telemetry.DropGivenUp))
}

func TestAtTheEndAPauseDecidesWhetherThereIsALastTry(t *testing.T) {
	for name, test := range map[string]struct {
		retryAfter string
		passed     time.Duration // from the answer to the shutdown
		delivered  bool
	}{
		"a pause that is over":                      {"1", 3 * time.Second, true},
		"one that ends while there is time":         {"5", time.Second, true},
		"one that lasts longer than there is time":  {"30", time.Second, false},
		"one that is over and was longer than that": {"30", 40 * time.Second, true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := newTestDelivery(t)
				d.api.Script(fakeapi.KnownAgents, fakeapi.Step{Status: 429, RetryAfter: test.retryAfter})
				require.Error(t, d.Push(t.Context(), newBatch(100)))
				<-time.After(test.passed)
				begun := time.Now()
				require.NoError(t, d.Shutdown(t.Context()))
				assert.Less(t, time.Since(begun), drainTime)
				if test.delivered {
					assert.Len(t, d.arrived(), 100)
					assert.Zero(t, d.dropped(t, telemetry.DropGivenUp))
				} else {
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
		for range 3 {
			require.Error(t, d.Push(t.Context(), newBatch(1)))
		}
		begun := time.Now()
		d.BeginShutdown()
		require.NoError(t, d.Shutdown(t.Context()))
		assert.Equal(t, begun, time.Now())
		assert.EqualValues(t, 3, d.dropped(t, telemetry.DropGivenUp))
	})
}

func TestNothingIsSentOnceTheTimeForTheEndIsOver(t *testing.T) {
	d := newTestDelivery(t)
	d.api.Script(fakeapi.KnownAgents, fakeapi.Step{Status: 500, Times: 3})
	for range 3 {
		require.Error(t, d.Push(t.Context(), newBatch(1)))
	}
	d.stop(errStopped)
	late := newBatch(2)
	err := d.Push(t.Context(), late)
	require.ErrorIs(t, err, errStopped)
	assert.Equal(t, 2, late.OnError(err).ItemsCount())
	require.NoError(t, d.Shutdown(t.Context()))
	assert.Len(t, d.api.Requests(fakeapi.KnownAgents), 3, "what is sent now might arrive and be counted as dropped")
	assert.EqualValues(t, 5, d.dropped(t, telemetry.DropGivenUp))
}

func TestNoStatusIsReportedOnceShutdownHasBegun(t *testing.T) {
	d := newTestDelivery(t)
	d.BeginShutdown()
	d.api.Script(fakeapi.KnownAgents, fakeapi.Step{Status: 401})
	require.Error(t, d.Push(t.Context(), newBatch(1)))
	assert.Empty(t, d.host.Statuses())
	assert.Equal(t, 1, d.logs.FilterMessageSnippet("cannot be delivered").Len())
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

func TestAShutdownLetsGoOfTheBreaker(t *testing.T) {
	d := newTestDelivery(t)
	was := d.breaker
	require.NoError(t, d.Shutdown(t.Context()))
	assert.NotSame(t, was, d.settings.Breakers.acquire(d.settings.Exporter.ID))
}
