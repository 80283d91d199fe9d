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
		b := newTestDelivery(t)
		b.api.Script(fakeapi.KnownAgents, fakeapi.Step{Hang: make(chan struct{}), Times: fakeapi.Forever})
		var consumers sync.WaitGroup
		for range 10 {
			consumers.Go(func() {
				request := newBatch(1)
				err := b.Push(context.Background(), request)
				assert.ErrorIs(t, err, errStopped)
				assert.Equal(t, 1, request.OnError(err).ItemsCount())
			})
		}
		synctest.Wait()
		begun := time.Now()
		b.BeginShutdown()
		consumers.Wait()
		assert.Equal(t, drainTime, time.Since(begun))
	})
}

func TestAPausedDeliveryCannotHoldTheShutdown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newTestDelivery(t)
		b.api.Script(fakeapi.KnownAgents, fakeapi.Step{Status: 429, RetryAfter: "900"})
		require.Error(t, b.Push(t.Context(), newBatch(1)))
		b.BeginShutdown()
		require.ErrorIs(t, b.Push(t.Context(), newBatch(1)), errStopped)
	})
}

func TestVisitsLeftAtTheEndAreCountedAsDropped(t *testing.T) {
	b := newTestDelivery(t)
	b.api.Script(fakeapi.KnownAgents, fakeapi.Step{Status: 500, Times: 3})
	first, second := newBatch(3), newBatch(4)
	err := b.Push(t.Context(), first)
	require.Error(t, err)
	require.Error(t, b.Push(t.Context(), second))
	err = b.Push(t.Context(), first.OnError(err))
	require.Error(t, err)
	require.NoError(t, b.Push(t.Context(), first.OnError(err)))

	assert.Equal(t, 4, b.pendingRetries.count())
	b.client.http.Transport = failing{errors.New("connection refused")}
	require.NoError(t, b.Shutdown(t.Context()))
	assert.EqualValues(t, 4, b.dropped(t, telemetry.DropGivenUp))
}

func TestWhatWaitsForARetryIsTriedOnceMoreAtTheEnd(t *testing.T) {
	b := newTestDelivery(t)
	b.api.Script(fakeapi.KnownAgents, fakeapi.Step{Status: 500, Times: 2})
	require.Error(t, b.Push(t.Context(), newBatch(3)))
	require.Error(t, b.Push(t.Context(), newBatch(2)))
	require.NoError(t, b.Shutdown(t.Context()))
	assert.Len(t, b.arrived(), 5)
	assert.Zero(t, b.dropped(t, telemetry.DropGivenUp))
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
				b := newTestDelivery(t)
				b.api.Script(fakeapi.KnownAgents, fakeapi.Step{Status: 429, RetryAfter: test.retryAfter})
				require.Error(t, b.Push(t.Context(), newBatch(100)))
				<-time.After(test.passed)
				begun := time.Now()
				require.NoError(t, b.Shutdown(t.Context()))
				assert.Less(t, time.Since(begun), drainTime)
				if test.delivered {
					assert.Len(t, b.arrived(), 100)
					assert.Zero(t, b.dropped(t, telemetry.DropGivenUp))
				} else {
					assert.Zero(t, time.Since(begun), "nobody waits for nothing")
					assert.Len(t, b.api.Requests(fakeapi.KnownAgents), 1)
					assert.EqualValues(t, 100, b.dropped(t, telemetry.DropGivenUp))
				}
			})
		})
	}
}

func TestAPauseThatBeginsInTheLastTryHoldsNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newTestDelivery(t)
		b.api.Script(fakeapi.KnownAgents, fakeapi.Step{Status: 500, Times: 3}, fakeapi.Step{Status: 429, RetryAfter: "900", Times: fakeapi.Forever})
		for range 3 {
			require.Error(t, b.Push(t.Context(), newBatch(1)))
		}
		begun := time.Now()
		b.BeginShutdown()
		require.NoError(t, b.Shutdown(t.Context()))
		assert.Equal(t, begun, time.Now())
		assert.EqualValues(t, 3, b.dropped(t, telemetry.DropGivenUp))
	})
}

func TestNothingIsSentOnceTheTimeForTheEndIsOver(t *testing.T) {
	b := newTestDelivery(t)
	b.api.Script(fakeapi.KnownAgents, fakeapi.Step{Status: 500, Times: 3})
	for range 3 {
		require.Error(t, b.Push(t.Context(), newBatch(1)))
	}
	b.stop(errStopped)
	late := newBatch(2)
	err := b.Push(t.Context(), late)
	require.ErrorIs(t, err, errStopped)
	assert.Equal(t, 2, late.OnError(err).ItemsCount())
	require.NoError(t, b.Shutdown(t.Context()))
	assert.Len(t, b.api.Requests(fakeapi.KnownAgents), 3, "what is sent now might arrive and be counted as dropped")
	assert.EqualValues(t, 5, b.dropped(t, telemetry.DropGivenUp))
}

func TestNoStatusIsReportedOnceShutdownHasBegun(t *testing.T) {
	b := newTestDelivery(t)
	b.BeginShutdown()
	b.api.Script(fakeapi.KnownAgents, fakeapi.Step{Status: 401})
	require.Error(t, b.Push(t.Context(), newBatch(1)))
	assert.Empty(t, b.host.Statuses())
	assert.Equal(t, 1, b.logs.FilterMessageSnippet("cannot be delivered").Len())
}
