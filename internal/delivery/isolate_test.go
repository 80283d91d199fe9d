// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package delivery

import (
	"fmt"
	"math"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"go.opentelemetry.io/collector/component/componentstatus"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fakeapi"
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
			d := newTestDelivery(t)
			d.poison()
			require.NoError(t, d.Push(t.Context(), newBatch(test.visits, test.poison...)))

			assert.Equal(t, wantPaths(test.visits, test.poison...), d.arrived(), "delivered once, in order")
			assert.EqualValues(t, len(test.poison), d.dropped(t, telemetry.DropRejected))
			bound := 1 + 2*len(test.poison)*int(math.Ceil(math.Log2(float64(test.visits))))
			assert.LessOrEqual(t, len(d.api.Requests(fakeapi.KnownAgents)), bound, "requests")
			assert.Empty(t, d.host.Statuses())
		})
	}
}

func TestMoreRejectionsThanOneAttemptMayFindGoOnInTheNext(t *testing.T) {
	d := newTestDelivery(t)
	d.poison()
	var poison []int
	for i := range 60 {
		poison = append(poison, 1+i*16)
	}
	err := error(nil)
	attempts := 0
	for request := queue.Request(newBatch(1_000, poison...)); request != nil; attempts++ {
		if err = d.Push(t.Context(), request); err == nil {
			break
		}
		require.ErrorIs(t, err, errTooManyRequests)
		request = unsentOf(request, err)
	}
	assert.Positive(t, attempts)
	assert.Equal(t, wantPaths(1_000, poison...), d.arrived())
	assert.EqualValues(t, len(poison), d.dropped(t, telemetry.DropRejected))
}

func TestManyRejectedVisitsAtTheHeadDoNotHoldTheOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newTestDelivery(t)
		d.poison()
		var poison []int
		for i := range 20 { // one attempt can find so many
			poison = append(poison, i)
		}
		request, attempts := queue.Request(newBatch(200, poison...)), 0
		for ; request != nil && attempts < 100; attempts++ {
			err := d.Push(t.Context(), request)
			if err == nil {
				break
			}
			request = unsentOf(request, err)
		}
		assert.Less(t, attempts, 100, "attempts")
		assert.ElementsMatch(t, wantPaths(200, poison...), d.arrived())
		assert.EqualValues(t, len(poison), d.dropped(t, telemetry.DropRejected))
	})
}

func TestABatchOfRejectedVisitsAloneDoesNotHoldTheOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newTestDelivery(t)
		d.poison()
		poison := []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}
		request := queue.Request(newBatch(10, poison...))
		err := d.Push(t.Context(), request)
		require.ErrorContains(t, err, "so they are kept")
		require.Zero(t, d.dropped(t, telemetry.DropRejected))
		begun := time.Now()
		require.NoError(t, d.Push(t.Context(), newBatch(1)))
		assert.GreaterOrEqual(t, time.Since(begun), throttleRetry, "at first it may be the API")

		begun = time.Now()
		for range 4 {
			request = unsentOf(request, err)
			err = d.Push(t.Context(), request)
			require.NoError(t, d.Push(t.Context(), newBatch(1)))
		}
		require.NoError(t, err)
		assert.Zero(t, time.Since(begun), "the others do not wait any more")
		assert.EqualValues(t, 10, d.dropped(t, telemetry.DropRejected))
		assert.Equal(t, 1, d.logs.FilterMessageSnippet("cannot be delivered").Len())
	})
}

func TestNothingIsDroppedWhileEverythingIsRejected(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newTestDelivery(t)
		d.api.RejectVisits(fakeapi.KnownAgents, func(fakeapi.Visit) bool { return true })
		request := newBatch(1_000)
		err := d.Push(t.Context(), request)
		require.ErrorContains(t, err, "so they are kept")
		assert.Less(t, len(d.api.Requests(fakeapi.KnownAgents)), 16)
		assert.Zero(t, d.dropped(t, telemetry.DropRejected))
		assert.Equal(t, []componentstatus.Status{componentstatus.StatusRecoverableError}, d.host.Statuses())

		d.api.RejectVisits(fakeapi.KnownAgents, nil)
		require.NoError(t, d.Push(t.Context(), request.OnError(err)))
		assert.ElementsMatch(t, wantPaths(1_000), d.arrived())
		assert.Equal(t, []componentstatus.Status{componentstatus.StatusRecoverableError, componentstatus.StatusOK}, d.host.Statuses())
	})
}

func TestAVisitRejectedBeforeTheApiWasMendedIsDelivered(t *testing.T) {
	d := newTestDelivery(t)
	// The whole, its first half and its first visit; then all is well.
	d.api.Script(fakeapi.KnownAgents, fakeapi.Step{Status: 422, Times: 3})
	require.NoError(t, d.Push(t.Context(), newBatch(4)))
	assert.ElementsMatch(t, wantPaths(4), d.arrived())
	assert.Zero(t, d.dropped(t, telemetry.DropRejected))
}

func TestAnApiThatTurnsToRejectingEverythingCostsAtMostTwoVisits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newTestDelivery(t)
		require.NoError(t, d.Push(t.Context(), newBatch(3)))
		d.api.RejectVisits(fakeapi.KnownAgents, func(fakeapi.Visit) bool { return true })
		for range maxConsecutiveRejections - 1 {
			require.NoError(t, d.Push(t.Context(), newBatch(1)))
		}
		for range 3 {
			require.Error(t, d.Push(t.Context(), newBatch(1)))
		}
		assert.EqualValues(t, maxConsecutiveRejections-1, d.dropped(t, telemetry.DropRejected))
	})
}

func TestAfterABatchWasRejectedTheNextAttemptBeginsAtAnyOtherVisit(t *testing.T) {
	firsts := map[string]bool{}
	for range 100 {
		d := newTestDelivery(t)
		a := attempt{delivery: d.Delivery, todo: []*queue.Batch{newBatch(4)}}
		a.rotate()
		require.NoError(t, d.Push(t.Context(), a.remaining()))
		assert.ElementsMatch(t, wantPaths(4), d.arrived())
		firsts[d.arrived()[0]] = true
	}
	assert.Equal(t, map[string]bool{"/1": true, "/2": true, "/3": true}, firsts)
}
