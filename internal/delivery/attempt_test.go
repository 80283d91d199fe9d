// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package delivery

import (
	"fmt"
	"math"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"go.opentelemetry.io/collector/component/componentstatus"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fakeapi"
	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
	"github.com/agentvisits/agentvisitsexporter/internal/queue"
	"github.com/agentvisits/agentvisitsexporter/internal/telemetry"
)

func TestRejectedVisitsStandAloneInTheEnd(t *testing.T) {
	for _, test := range []struct {
		visits int
		poison []int
	}{
		{1_000, []int{0}},
		{1_000, []int{999}},
		{1_000, []int{500}},
		{1_000, []int{3, 4, 700}},
		{2, []int{1}},
		{512, []int{0, 100, 200, 300, 400}},
	} {
		t.Run(fmt.Sprint(test.visits, test.poison), func(t *testing.T) {
			b := newTestDelivery(t)
			b.poison()
			require.NoError(t, b.Push(t.Context(), newBatch(test.visits, test.poison...)))

			assert.Equal(t, wantPaths(test.visits, test.poison...), b.arrived(), "delivered once, in order")
			assert.EqualValues(t, len(test.poison), b.dropped(t, telemetry.DropRejected))
			bound := 1 + 2*len(test.poison)*int(math.Ceil(math.Log2(float64(test.visits))))
			assert.LessOrEqual(t, len(b.api.Requests(fakeapi.KnownAgents)), bound, "requests")
			assert.Empty(t, b.host.Statuses())
		})
	}
}

func TestMoreRejectionsThanOneAttemptMayFindGoOnInTheNext(t *testing.T) {
	b := newTestDelivery(t)
	b.poison()
	var poison []int
	for i := range 60 {
		poison = append(poison, 1+i*16)
	}
	err := error(nil)
	attempts := 0
	for request := queue.Request(newBatch(1_000, poison...)); request != nil; attempts++ {
		if err = b.Push(t.Context(), request); err == nil {
			break
		}
		require.ErrorIs(t, err, errTooManyRequests)
		request = unsentOf(request, err)
	}
	assert.Positive(t, attempts)
	assert.Equal(t, wantPaths(1_000, poison...), b.arrived())
	assert.EqualValues(t, len(poison), b.dropped(t, telemetry.DropRejected))
}

func TestManyRejectedVisitsAtTheHeadDoNotHoldTheOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newTestDelivery(t)
		b.poison()
		var poison []int
		for i := range 20 { // one attempt can find so many
			poison = append(poison, i)
		}
		request, attempts := queue.Request(newBatch(200, poison...)), 0
		for ; request != nil && attempts < 100; attempts++ {
			err := b.Push(t.Context(), request)
			if err == nil {
				break
			}
			request = unsentOf(request, err)
		}
		assert.Less(t, attempts, 100, "attempts")
		assert.ElementsMatch(t, wantPaths(200, poison...), b.arrived())
		assert.EqualValues(t, len(poison), b.dropped(t, telemetry.DropRejected))
	})
}

func TestABatchOfRejectedVisitsAloneDoesNotHoldTheOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newTestDelivery(t)
		b.poison()
		poison := []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}
		request := queue.Request(newBatch(10, poison...))
		err := b.Push(t.Context(), request)
		require.ErrorContains(t, err, "so they are kept")
		require.Zero(t, b.dropped(t, telemetry.DropRejected))
		begun := time.Now()
		require.NoError(t, b.Push(t.Context(), newBatch(1)))
		assert.GreaterOrEqual(t, time.Since(begun), throttleRetry, "at first it may be the API")

		begun = time.Now()
		for range 4 {
			request = unsentOf(request, err)
			err = b.Push(t.Context(), request)
			require.NoError(t, b.Push(t.Context(), newBatch(1)))
		}
		require.NoError(t, err)
		assert.Zero(t, time.Since(begun), "the others do not wait any more")
		assert.EqualValues(t, 10, b.dropped(t, telemetry.DropRejected))
		assert.Equal(t, 1, b.logs.FilterMessageSnippet("cannot be delivered").Len())
	})
}

func TestNothingIsDroppedWhileEverythingIsRejected(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newTestDelivery(t)
		b.api.RejectVisits(fakeapi.KnownAgents, func(fakeapi.Visit) bool { return true })
		request := newBatch(1_000)
		err := b.Push(t.Context(), request)
		require.ErrorContains(t, err, "so they are kept")
		assert.Less(t, len(b.api.Requests(fakeapi.KnownAgents)), 16)
		assert.Zero(t, b.dropped(t, telemetry.DropRejected))
		assert.Equal(t, []componentstatus.Status{componentstatus.StatusRecoverableError}, b.host.Statuses())

		b.api.RejectVisits(fakeapi.KnownAgents, nil)
		require.NoError(t, b.Push(t.Context(), request.OnError(err)))
		assert.ElementsMatch(t, wantPaths(1_000), b.arrived())
		assert.Equal(t, []componentstatus.Status{componentstatus.StatusRecoverableError, componentstatus.StatusOK}, b.host.Statuses())
	})
}

func TestAVisitRejectedBeforeTheApiWasMendedIsDelivered(t *testing.T) {
	b := newTestDelivery(t)
	// The whole, its first half and its first visit; then all is well.
	b.api.Script(fakeapi.KnownAgents, fakeapi.Step{Status: 422, Times: 3})
	require.NoError(t, b.Push(t.Context(), newBatch(4)))
	assert.ElementsMatch(t, wantPaths(4), b.arrived())
	assert.Zero(t, b.dropped(t, telemetry.DropRejected))
}

func TestAnApiThatTurnsToRejectingEverythingCostsAtMostTwoVisits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newTestDelivery(t)
		require.NoError(t, b.Push(t.Context(), newBatch(3)))
		b.api.RejectVisits(fakeapi.KnownAgents, func(fakeapi.Visit) bool { return true })
		for range maxConsecutiveRejections - 1 {
			require.NoError(t, b.Push(t.Context(), newBatch(1)))
		}
		for range 3 {
			require.Error(t, b.Push(t.Context(), newBatch(1)))
		}
		assert.EqualValues(t, maxConsecutiveRejections-1, b.dropped(t, telemetry.DropRejected))
	})
}

func TestRejectionIsLoggedWithTheFieldAndWithoutTheVisit(t *testing.T) {
	b := newTestDelivery(t)
	b.api.Script(fakeapi.KnownAgents, fakeapi.Step{}, fakeapi.Step{Status: 422, Body: `{"detail":[{"loc":["body",0,"request_path"],"input":"/0?SECRET"}]}`})
	require.NoError(t, b.Push(t.Context(), newBatch(1)))
	require.NoError(t, b.Push(t.Context(), newBatch(1)))
	entries := b.logs.FilterMessageSnippet("Dropping visits").All()
	require.Len(t, entries, 1)
	assert.Equal(t, []any{"request_path"}, entries[0].ContextMap()["fields_named_in_answer"])
	assert.NotContains(t, fmt.Sprint(entries[0].ContextMap()), "SECRET")
}

func TestBodiesShrinkAfterOneIsTooLarge(t *testing.T) {
	const limit = 30_000
	b := newTestDelivery(t)
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ContentLength > limit {
			w.WriteHeader(http.StatusRequestEntityTooLarge)
			return
		}
		b.api.ServeHTTP(w, r)
	})
	b.client.http.Transport = fixture.InProcess{Handler: handler}
	require.NoError(t, b.Push(t.Context(), newBatch(2_000)))
	assert.Equal(t, wantPaths(2_000), b.arrived())
	assert.LessOrEqual(t, b.maxBytes.Load(), int64(limit))

	before := b.logs.FilterMessageSnippet("too large").Len()
	require.NoError(t, b.Push(t.Context(), newBatch(2_000)))
	assert.Equal(t, before, b.logs.FilterMessageSnippet("too large").Len(), "the size is learned once")
	assert.Zero(t, b.dropped(t, telemetry.DropTooLarge))
}

func TestASingleVisitThatIsTooLargeIsDropped(t *testing.T) {
	b := newTestDelivery(t)
	b.api.Script(fakeapi.KnownAgents, fakeapi.Step{Status: 413, Times: 2})
	require.NoError(t, b.Push(t.Context(), newBatch(2)))
	assert.Equal(t, []string{"/1"}, b.arrived())
	assert.EqualValues(t, 1, b.dropped(t, telemetry.DropTooLarge))
}
