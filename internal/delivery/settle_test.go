// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package delivery

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"go.opentelemetry.io/collector/config/configoptional"
	"go.opentelemetry.io/collector/config/configretry"
	"go.opentelemetry.io/collector/consumer/consumererror"
	"go.opentelemetry.io/collector/exporter/exporterhelper"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fakeapi"
	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
	"github.com/agentvisits/agentvisitsexporter/internal/telemetry"
)

func TestWithoutRetriesAFailureIsALossAndIsCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newTestDelivery(t)
		d.settings.Retry.Enabled = false
		d.api.Script(fakeapi.KnownAgents, fakeapi.Step{Status: 500})
		err := d.Push(t.Context(), newBatch(3))
		require.ErrorIs(t, err, errNoRetries)
		require.ErrorContains(t, err, "answered 500")
		assert.True(t, consumererror.IsPermanent(err))
		assert.EqualValues(t, 3, d.dropped(t, telemetry.DropGivenUp))
		assert.Len(t, d.api.Requests(fakeapi.KnownAgents), 1)
		assert.Equal(t, 1, d.logs.FilterMessageSnippet("Dropping visits").Len())

		require.NoError(t, d.Push(t.Context(), newBatch(3)), "the next are sent")
	})
}

// TestWithoutRetriesABodyIsStillSplit: to send the parts of a body that the API
// rejects is no retry.
func TestWithoutRetriesABodyIsStillSplit(t *testing.T) {
	for _, name := range []string{"400", "413", "418", "422"} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := newTestDelivery(t)
				d.settings.Retry.Enabled = false
				d.object(objections[name])
				require.NoError(t, d.Push(t.Context(), newBatch(1_000, 7, 500)))
				assert.ElementsMatch(t, wantPaths(1_000, 7, 500), d.arrived())
				assert.EqualValues(t, 2, d.dropped(t, dropReasonOf(name)))
			})
		})
	}
}

func TestWithoutRetriesAnAPIThatRejectsEverythingCostsAFewRequests(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, begun := newTestDelivery(t), time.Now()
		d.settings.Retry.Enabled = false
		d.api.Script(fakeapi.KnownAgents, fakeapi.Step{Status: 422, Times: fakeapi.Forever})
		require.Error(t, d.Push(t.Context(), newBatch(1_000)))
		assert.Zero(t, time.Since(begun))
		assert.LessOrEqual(t, len(d.api.Requests(fakeapi.KnownAgents)), 1+policies[rejected].patience)
		assert.EqualValues(t, 1_000, d.dropped(t, telemetry.DropGivenUp))
	})
}

func TestMaxElapsedTimeEndsWhatCannotBeDelivered(t *testing.T) {
	const limit = 15 * time.Minute
	for name, test := range map[string]struct {
		keeper  keeper
		closing bool
		lost    bool
	}{
		"in memory":                     {keptInMemory, false, true},
		"on disk":                       {keptOnDisk, false, true},
		"at shutdown in memory":         {keptInMemory, true, true},
		"at shutdown the disk keeps it": {keptOnDisk, true, false},
		"a sender may try again":        {keptBySender, false, false},
		"a sender may at shutdown, too": {keptBySender, true, false},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := newTestDelivery(t)
				d.keeper, d.settings.Retry.MaxElapsedTime = test.keeper, limit
				d.api.Script(fakeapi.KnownAgents, fakeapi.Step{Status: 500, Times: fakeapi.Forever})
				begun, ended := time.Now(), make(chan error)
				go func() { ended <- d.Push(t.Context(), newBatch(3)) }()
				<-time.After(limit - time.Second)
				select {
				case err := <-ended:
					t.Fatal("it ended early:", err)
				default:
				}
				if test.closing {
					d.BeginShutdown()
				}
				err := <-ended
				require.ErrorContains(t, err, "answered 500")
				assert.LessOrEqual(t, time.Since(begun), limit)
				assert.Equal(t, test.lost, consumererror.IsPermanent(err))
				lost := 0
				if test.lost {
					lost = 3
				}
				assert.EqualValues(t, lost, d.dropped(t, telemetry.DropGivenUp))
			})
		})
	}
}

// TestMaxElapsedTimeStaysOver for a shipment that goes on after it, because the queue had no room.
func TestMaxElapsedTimeStaysOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newTestDelivery(t)
		d.settings.Retry.MaxElapsedTime = time.Second
		end, stop := d.endOfRetries()
		defer stop()
		begun := time.Now()
		<-end
		<-end
		assert.Equal(t, time.Second, time.Since(begun))
	})
}

func TestMaxElapsedTimeDoesNotEndARequestUnderWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, release := newTestDelivery(t), make(chan struct{})
		d.settings.Retry.MaxElapsedTime = 10 * time.Second
		d.api.Script(fakeapi.KnownAgents, fakeapi.Step{Hang: release})
		ended := make(chan error)
		go func() { ended <- d.Push(t.Context(), newBatch(3)) }()
		<-time.After(20 * time.Second)
		close(release)
		require.NoError(t, <-ended)
		assert.Len(t, d.arrived(), 3)
	})
}

func TestWhatIsDeliveredBeforeMaxElapsedTimeIsNoLoss(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newTestDelivery(t)
		d.poison()
		d.settings.Retry.MaxElapsedTime = 500 * time.Millisecond // a second try alone waits longer
		require.Error(t, d.Push(t.Context(), newBatch(100, 7)))
		assert.ElementsMatch(t, wantPaths(100, 7), d.arrived())
		assert.EqualValues(t, 1, d.dropped(t, telemetry.DropGivenUp))
	})
}

func TestTheHelperNeverRetries(t *testing.T) {
	const limit = 15 * time.Minute
	for name, test := range map[string]struct {
		keeper keeper
		want   time.Duration
	}{
		"a sender gets each error":                    {keptBySender, 1},
		"a queue in memory gets permanent errors":     {keptInMemory, 0},
		"a queue on disk gets others only at the end": {keptOnDisk, 0},
	} {
		t.Run(name, func(t *testing.T) {
			d := New(Settings{Retry: configretry.BackOffConfig{Enabled: true, MaxElapsedTime: limit}})
			d.keeper = test.keeper
			assert.Equal(t, test.want, d.RetryConfig().MaxElapsedTime)
			assert.True(t, d.RetryConfig().Enabled)
		})
	}
}

func TestWaitingVisitsHoldConsumersBesideThoseOfRequests(t *testing.T) {
	q := exporterhelper.NewDefaultQueueConfig()
	q.NumConsumers = 3
	d := New(Settings{Queue: configoptional.Some(q)})
	with := d.QueueConfig()
	assert.Equal(t, 3+extraConsumers, with.Get().NumConsumers)
	assert.Equal(t, 3, d.settings.mostRequests())
	assert.Equal(t, 3, d.settings.Queue.Get().NumConsumers, "the configuration stays as it is")

	d = New(Settings{})
	with = d.QueueConfig()
	assert.False(t, with.HasValue())
	assert.Equal(t, requestsWithoutQueue, d.settings.mostRequests())
}

// TestWhoHasTheVisitsOfAFailure reaches the case of a sender that waits for the
// result by the configuration alone: the helper's pool of channels for it is shared
// by all tests, and those of synctest's bubbles are of no use to others.
func TestWhoHasTheVisitsOfAFailure(t *testing.T) {
	queue := func(change func(*exporterhelper.QueueBatchConfig)) configoptional.Optional[exporterhelper.QueueBatchConfig] {
		q := exporterhelper.NewDefaultQueueConfig()
		change(&q)
		return configoptional.Some(q)
	}
	for name, test := range map[string]struct {
		queue configoptional.Optional[exporterhelper.QueueBatchConfig]
		want  keeper
	}{
		"without a queue the sender":    {configoptional.None[exporterhelper.QueueBatchConfig](), keptBySender},
		"a sender that waits":           {queue(func(q *exporterhelper.QueueBatchConfig) { q.WaitForResult = true }), keptBySender},
		"a queue in memory":             {queue(func(*exporterhelper.QueueBatchConfig) {}), keptInMemory},
		"a queue on disk until the end": {queue(func(q *exporterhelper.QueueBatchConfig) { q.StorageID = &fixture.DiskID }), keptOnDisk},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				assert.Equal(t, test.want, keeperOf(test.queue))
				d := newTestDelivery(t)
				d.keeper = test.want
				d.api.Script(fakeapi.KnownAgents, fakeapi.Step{Status: 500, Times: fakeapi.Forever})
				ended := make(chan error)
				go func() { ended <- d.Push(t.Context(), newBatch(3)) }()
				synctest.Wait()
				d.BeginShutdown()
				err := <-ended
				require.Error(t, err)
				require.NoError(t, d.Shutdown(t.Context()))
				isLost := test.want == keptInMemory
				assert.Equal(t, isLost, consumererror.IsPermanent(err))
				if lost := d.dropped(t, telemetry.DropGivenUp); isLost {
					assert.EqualValues(t, 3, lost)
				} else {
					assert.Zero(t, lost)
				}
			})
		})
	}
}

func TestASenderThatIsToldOfAFailureIsNotToldThatItIsTheLast(t *testing.T) {
	d := newTestDelivery(t)
	d.keeper, d.settings.Retry.Enabled = keptBySender, false
	d.api.Script(fakeapi.KnownAgents, fakeapi.Step{Status: 500})
	err := d.Push(t.Context(), newBatch(3))
	require.ErrorContains(t, err, "answered 500")
	assert.False(t, consumererror.IsPermanent(err), "it may try again")
	assert.Zero(t, d.dropped(t, telemetry.DropGivenUp))
}

// TestASenderThatLeavesTakesItsVisitsWithIt has one sender's request under way and
// another's visits wait. Those of a third go on.
func TestASenderThatLeavesTakesItsVisitsWithIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newTestDelivery(t)
		d.keeper = keptBySender
		d.api.Script(fakeapi.KnownAgents, fakeapi.Step{Hang: make(chan struct{})})
		left := errors.New("the sender has left")
		ended, third := make(chan error, 2), make(chan error)
		ctx, cancel := context.WithCancelCause(t.Context())
		for range 2 {
			go func() { ended <- d.Push(ctx, newBatch(3)) }()
			synctest.Wait()
		}
		go func() { third <- d.Push(t.Context(), newBatch(5)) }()
		synctest.Wait()
		begun := time.Now()
		cancel(left)
		for range 2 {
			err := <-ended
			require.ErrorIs(t, err, left)
			assert.False(t, consumererror.IsPermanent(err))
		}
		require.NoError(t, <-third)
		assert.Zero(t, time.Since(begun))
		assert.ElementsMatch(t, wantPaths(5), d.arrived())
		assert.Zero(t, d.dropped(t, telemetry.DropGivenUp))
	})
}

func TestAnErrorSaysWhatHappenedAndWhere(t *testing.T) {
	d := newTestDelivery(t)
	d.settings.Retry.Enabled = false
	d.client.http.Transport = transport(withReset)
	err := d.Push(t.Context(), newBatch(1))
	require.EqualError(t, err, "Permanent error: retry_on_failure is off: POST http://127.0.0.1:1/visits: connection reset")
}
