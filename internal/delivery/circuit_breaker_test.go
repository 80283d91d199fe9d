// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package delivery

import (
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"go.opentelemetry.io/collector/component"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fakeapi"
	"github.com/agentvisits/agentvisitsexporter/internal/metadata"
)

func TestAShortRetryAfterIsNotStretched(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newTestDelivery(t)
		d.api.Script(fakeapi.KnownAgents, fakeapi.Step{Status: 429, RetryAfter: "1"})
		begun := time.Now()
		request := newBatch(1)
		err := d.Push(t.Context(), request)
		require.Error(t, err)
		require.NoError(t, d.Push(t.Context(), request.OnError(err)))
		assert.GreaterOrEqual(t, time.Since(begun), time.Second)
		assert.Less(t, time.Since(begun), 2*time.Second)
	})
}

func TestNobodyPostsDuringAPauseAndOneProbesAfterIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newTestDelivery(t)
		release := make(chan struct{})
		d.api.Script(fakeapi.KnownAgents, fakeapi.Step{Status: 429, RetryAfter: "30"}, fakeapi.Step{Hang: release})
		require.Error(t, d.Push(t.Context(), newBatch(1)))
		begun := time.Now()

		var consumers sync.WaitGroup
		for range 10 {
			consumers.Go(func() { assert.NoError(t, d.Push(t.Context(), newBatch(1))) })
		}
		synctest.Wait()
		require.Len(t, d.api.Requests(fakeapi.KnownAgents), 1, "during the pause")

		require.NoError(t, d.api.WaitRequests(t.Context(), fakeapi.KnownAgents, 2))
		synctest.Wait()
		assert.GreaterOrEqual(t, time.Since(begun), 30*time.Second)
		assert.LessOrEqual(t, time.Since(begun), 36*time.Second)
		assert.Equal(t, 2, d.api.Counts(fakeapi.KnownAgents).Requests, "one probe, while nine wait")

		answered := time.Now()
		close(release)
		consumers.Wait()
		assert.Len(t, d.arrived(), 10)
		assert.Equal(t, answered, time.Now(), "all go at once when the probe has succeeded")
	})
}

func TestAProbeThatFailsLetsTheNextOneGo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newTestDelivery(t)
		d.api.Script(fakeapi.KnownAgents, fakeapi.Step{Status: 429, RetryAfter: "1"}, fakeapi.Step{Status: 500}, fakeapi.Step{Status: 429})
		for range 3 {
			require.Error(t, d.Push(t.Context(), newBatch(1)))
		}
		require.NoError(t, d.Push(t.Context(), newBatch(1)))
	})
}

func TestAPauseEndsByTheClockEvenIfNobodyAsks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newTestDelivery(t)
		assert.False(t, d.breaker.isPaused())
		d.api.Script(fakeapi.KnownAgents, fakeapi.Step{Status: 429, RetryAfter: "100"})
		require.Error(t, d.Push(t.Context(), newBatch(1)))
		assert.True(t, d.breaker.isPaused())
		<-time.After(99 * time.Second)
		assert.True(t, d.breaker.isPaused())
		<-time.After(22 * time.Second) // the pause is up to a fifth longer
		assert.False(t, d.breaker.isPaused())
	})
}

func TestWhileAProbeIsOutTheOthersArePaused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBreaker()
		b.trip(false, time.Second)
		probe, err := b.await(t.Context())
		require.NoError(t, err)
		require.True(t, probe)
		assert.True(t, b.isPaused())
		b.abandon()
		assert.False(t, b.isPaused())
	})
}

func TestALateAnswerCanLengthenAPauseAndNotShortenIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, begun := newBreaker(), time.Now()
		assert.True(t, b.trip(false, 100*time.Second), "the first to notice")
		assert.False(t, b.trip(false, time.Second))
		assert.True(t, b.isOpenAt(begun.Add(99*time.Second)))
		assert.False(t, b.trip(false, 200*time.Second))
		assert.True(t, b.isOpenAt(begun.Add(199*time.Second)))
	})
}

func TestPausesDifferByUpToAFifth(t *testing.T) {
	const pause = 100 * time.Second
	lengths := map[time.Duration]bool{}
	synctest.Test(t, func(t *testing.T) {
		for range 100 {
			b, begun := newBreaker(), time.Now()
			b.trip(false, pause)
			_, err := b.await(t.Context())
			require.NoError(t, err)
			length := time.Since(begun)
			assert.GreaterOrEqual(t, length, pause)
			assert.LessOrEqual(t, length, pause+pause/5)
			lengths[length] = true
		}
	})
	assert.Greater(t, len(lengths), 50, "many Collectors do not come back together")
}

func TestAPauseCanBeAsShortAsAMoment(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, begun := newBreaker(), time.Now()
		b.trip(false, time.Nanosecond)
		assert.True(t, b.isPaused())
		probe, err := b.await(t.Context())
		require.NoError(t, err)
		assert.True(t, probe)
		assert.Equal(t, time.Nanosecond, time.Since(begun))
	})
}

func TestAnExporterStartsWithAClosedBreakerAfterAllWhoSharedTheLastHaveEnded(t *testing.T) {
	bs, id := NewBreakers(), component.NewID(metadata.Type)
	first, second := bs.acquire(id), bs.acquire(id)
	assert.Same(t, first, second)
	assert.NotSame(t, first, bs.acquire(component.NewIDWithName(metadata.Type, "other")))
	bs.release(id)
	assert.Same(t, first, bs.acquire(id))
	bs.release(id)
	bs.release(id)
	assert.NotSame(t, first, bs.acquire(id))
}
