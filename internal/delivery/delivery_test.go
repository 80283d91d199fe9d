// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package delivery

import (
	"errors"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"go.opentelemetry.io/collector/component/componentstatus"
	"go.opentelemetry.io/collector/config/configoptional"
	"go.opentelemetry.io/collector/config/configretry"
	"go.opentelemetry.io/collector/consumer/consumererror"
	"go.opentelemetry.io/collector/exporter/exporterhelper"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fakeapi"
	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
	"github.com/agentvisits/agentvisitsexporter/internal/queue"
	"github.com/agentvisits/agentvisitsexporter/internal/telemetry"
)

func TestAFailureOnTheWayKeepsOnlyWhatIsUnsent(t *testing.T) {
	for _, status := range []int{401, 429, 500, 503} {
		t.Run(http.StatusText(status), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := newTestDelivery(t)
				d.poison()
				// The whole and its first quarter pass by; then the API fails.
				d.api.Script(fakeapi.KnownAgents, fakeapi.Step{Times: 3}, fakeapi.Step{Status: status})
				request := newBatch(400, 150)
				err := d.Push(t.Context(), request)
				require.Error(t, err)
				rest := request.OnError(err)
				assert.Equal(t, 300, rest.ItemsCount())
				require.NoError(t, d.Push(t.Context(), rest))
				assert.Equal(t, wantPaths(400, 150), d.arrived())
				assert.EqualValues(t, 1, d.dropped(t, telemetry.DropRejected))
			})
		})
	}
}

func TestWrongCredentialsAreReportedOnceAndKeepTheVisits(t *testing.T) {
	for _, status := range []int{401, 402, 403, 404, 405, 406, 415, 301, 307} {
		t.Run(http.StatusText(status), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := newTestDelivery(t)
				d.api.Script(fakeapi.KnownAgents, fakeapi.Step{Status: status, Times: 3})
				begun := time.Now()
				request := queue.Request(newBatch(5))
				for range 3 {
					err := d.Push(t.Context(), request)
					require.Error(t, err)
					assert.NotContains(t, err.Error(), fixture.Token)
					request = unsentOf(request, err)
				}
				require.NoError(t, d.Push(t.Context(), request))
				assert.Len(t, d.arrived(), 5)
				assert.GreaterOrEqual(t, time.Since(begun), 3*slowRetry)
				assert.Equal(t, []componentstatus.Status{componentstatus.StatusRecoverableError, componentstatus.StatusOK}, d.host.Statuses())
				assert.Equal(t, 1, d.logs.FilterMessageSnippet("cannot be delivered").Len())
				assert.Equal(t, 1, d.logs.FilterMessageSnippet("delivered again").Len())
			})
		})
	}
}

func TestAFailureThatAsksForNoPauseHoldsBackItsOwnBatchAlone(t *testing.T) {
	d := newTestDelivery(t)
	d.api.Script(fakeapi.KnownAgents, fakeapi.Step{Status: 500})
	require.Error(t, d.Push(t.Context(), newBatch(1)))
	assert.False(t, d.breaker.isPaused())
	assert.Zero(t, d.logs.FilterMessage("Delivery is paused.").Len())
	require.NoError(t, d.Push(t.Context(), newBatch(1)))
}

func TestWithoutRetriesAFailureIsCountedAtOnce(t *testing.T) {
	d := newTestDelivery(t)
	d.settings.Retry.Enabled = false
	d.api.Script(fakeapi.KnownAgents, fakeapi.Step{Status: 500})
	require.Error(t, d.Push(t.Context(), newBatch(3)))
	assert.EqualValues(t, 3, d.dropped(t, telemetry.DropGivenUp))
}

func TestTheFirstFailureAfterMaxElapsedTimeIsTheLast(t *testing.T) {
	const limit = 15 * time.Minute
	for name, test := range map[string]struct {
		keeper  keeper
		closing bool
		elapsed time.Duration
		last    bool
	}{
		"before it is over":               {keptInMemory, false, limit - 1, false},
		"when it is over":                 {keptInMemory, false, limit, true},
		"with a queue on disk":            {keptOnDisk, false, limit, true},
		"at shutdown in memory":           {keptInMemory, true, limit, true},
		"at shutdown the disk keeps them": {keptOnDisk, true, limit, false},
		"a sender may try again":          {keptBySender, false, limit, false},
		"a sender may at shutdown, too":   {keptBySender, true, limit, false},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := newTestDelivery(t)
				d.keeper, d.settings.Retry.MaxElapsedTime = test.keeper, limit
				d.api.Script(fakeapi.KnownAgents, fakeapi.Step{Status: 500, Times: fakeapi.Forever})
				request := queue.Request(newBatch(3))
				err := d.Push(t.Context(), request)
				assert.False(t, consumererror.IsPermanent(err))
				<-time.After(test.elapsed)
				if test.closing {
					d.BeginShutdown()
				}
				err = d.Push(t.Context(), unsentOf(request, err))
				require.Error(t, err)
				assert.Equal(t, test.last, consumererror.IsPermanent(err))
				lost := 0
				if test.last {
					lost = 3
				}
				assert.EqualValues(t, lost, d.dropped(t, telemetry.DropGivenUp))
				assert.Zero(t, d.pendingRetries.count()*lost, "what is lost does not wait")
			})
		})
	}
}

func TestOnlyForASenderTheHelperKeepsMaxElapsedTime(t *testing.T) {
	const limit = 15 * time.Minute
	for name, test := range map[string]struct {
		keeper keeper
		want   time.Duration
	}{
		"a sender gets each error": {keptBySender, limit},
		"a queue in memory":        {keptInMemory, 0},
		"a queue on disk":          {keptOnDisk, 0},
	} {
		t.Run(name, func(t *testing.T) {
			d := New(Settings{Retry: configretry.BackOffConfig{Enabled: true, MaxElapsedTime: limit}})
			d.keeper = test.keeper
			assert.Equal(t, test.want, d.RetryConfig().MaxElapsedTime)
			assert.True(t, d.RetryConfig().Enabled)
		})
	}
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
			assert.Equal(t, test.want, keeperOf(test.queue))
			d := newTestDelivery(t)
			d.keeper = test.want
			d.api.Script(fakeapi.KnownAgents, fakeapi.Step{Status: 500, Times: fakeapi.Forever})
			require.Error(t, d.Push(t.Context(), newBatch(3)))
			require.NoError(t, d.Shutdown(t.Context()))
			if lost := d.dropped(t, telemetry.DropGivenUp); test.want == keptInMemory {
				assert.EqualValues(t, 3, lost)
			} else {
				assert.Zero(t, lost)
			}
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

func TestAConnectionThatBreaksIsTriedAgain(t *testing.T) {
	d := newTestDelivery(t)
	d.client.http.Transport = failing{errors.New("connection reset")}
	err := d.Push(t.Context(), newBatch(1))
	require.EqualError(t, err, "POST http://127.0.0.1:1/visits: connection reset")
}

type failing struct{ err error }

func (f failing) RoundTrip(*http.Request) (*http.Response, error) { return nil, f.err }

func TestWhatFailuresLeaveCanBeMergedAndCutLikeABatch(t *testing.T) {
	d := newTestDelivery(t)
	d.api.Script(fakeapi.KnownAgents, fakeapi.Step{Status: 500, Times: 2})
	request := queue.Request(newBatch(4))
	for range 2 {
		err := d.Push(t.Context(), request)
		require.Error(t, err)
		request = unsentOf(request, err)
	}
	assert.Same(t, request, unsentOf(request, errors.New("damaged")), "an error that knows nothing leaves all")
	assert.Equal(t, newBatch(4).BytesSize(), request.BytesSize())
	parts, err := request.MergeSplit(t.Context(), 3, exporterhelper.RequestSizerTypeItems, newBatch(1))
	require.NoError(t, err)
	for _, part := range parts {
		require.NoError(t, d.Push(t.Context(), part))
	}
	assert.Len(t, d.arrived(), 5)
}
