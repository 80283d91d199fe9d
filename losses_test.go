// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"go.opentelemetry.io/collector/component/componentstatus"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/config/configoptional"
	"go.opentelemetry.io/collector/consumer/consumererror"
	"go.opentelemetry.io/collector/exporter/exporterhelper"
	"go.opentelemetry.io/collector/exporter/exportertest"
	"go.opentelemetry.io/collector/pipeline"

	"github.com/agentvisits/agentvisitsexporter/internal/ascii"
	"github.com/agentvisits/agentvisitsexporter/internal/dev/fakeapi"
	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
	"github.com/agentvisits/agentvisitsexporter/internal/metadata"
	"github.com/agentvisits/agentvisitsexporter/internal/telemetry"
)

// These tests drive the Collector's own queue and retries in synctest bubbles. Each
// visit must be sent, counted as dropped, or be on the disk.

// givenUp is how many visits were counted as given up.
func (r *rig) givenUp(t *testing.T) int64 {
	t.Helper()
	return r.sum(t, "otelcol_exporter_agent_visits_dropped", "reason", "given_up")
}

// sendFailed is the Collector's own count of visits in batches that were given up.
func (r *rig) sendFailed(t *testing.T) int64 {
	t.Helper()
	return fixture.Sum(t, r.telemetry, "otelcol_exporter_send_failed_spans")
}

// bothQueues are a queue in memory, which has no disk, and one on a disk.
func bothQueues() map[string]*fixture.Disk {
	return map[string]*fixture.Disk{"in memory": nil, "on disk": fixture.NewDisk(map[string][]byte{})}
}

// requireEmpty fails if the disk holds more than the queue's own notes.
func requireEmpty(t *testing.T, disk *fixture.Disk) {
	t.Helper()
	if disk != nil {
		assert.LessOrEqual(t, disk.Size(), 1, "nothing but the queue's own notes is left")
	}
}

func TestWhatMaxElapsedTimeGivesUpIsCountedThen(t *testing.T) {
	for name, disk := range bothQueues() {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				api := fakeapi.New(fakeapi.Settings{})
				// Of five visits one is delivered, which asks whether the API takes any. Then
				// the API is down.
				api.Script(fakeapi.KnownAgents, fakeapi.Step{Status: 500, Times: 5}, fakeapi.Step{}, fakeapi.Step{Status: 500, Times: fakeapi.Forever})
				r := directRig(t, api, disk, func(c *Config) { c.RetryConfig.MaxElapsedTime = 15 * time.Minute })
				require.NoError(t, r.traces.ConsumeTraces(t.Context(), fixture.NewTraces("/a", "/b", "/c", "/d", "/e")))

				<-time.After(14 * time.Minute)
				assert.Zero(t, r.givenUp(t), "there is time left")
				<-time.After(3 * time.Minute)
				assert.EqualValues(t, 4, r.givenUp(t), "as many as were left")
				assert.EqualValues(t, 5, r.sendFailed(t), "the Collector counts the whole batch")
				assert.Equal(t, 1, r.observed.FilterMessageSnippet("Dropping visits that could not be delivered.").Len())
				requests := api.Counts(fakeapi.KnownAgents).Requests
				<-time.After(time.Hour)
				assert.Equal(t, requests, api.Counts(fakeapi.KnownAgents).Requests, "nobody tries again")
				requireEmpty(t, disk)

				require.NoError(t, r.traces.Shutdown(t.Context()))
				assert.EqualValues(t, 4, r.givenUp(t), "once")
				require.NoError(t, r.logs.Shutdown(t.Context()))
			})
		})
	}
}

func TestWhatIsDeliveredBeforeMaxElapsedTimeIsNotCounted(t *testing.T) {
	for name, disk := range bothQueues() {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				api := fakeapi.New(fakeapi.Settings{})
				api.Script(fakeapi.KnownAgents, fakeapi.Step{Status: 500, Times: 5})
				r := directRig(t, api, disk, func(c *Config) { c.RetryConfig.MaxElapsedTime = 15 * time.Minute })
				require.NoError(t, r.traces.ConsumeTraces(t.Context(), fixture.NewTraces("/a", "/b")))
				<-time.After(time.Hour)
				assert.Len(t, api.KnownAgentsVisits(), 2)
				requireEmpty(t, disk)
				require.NoError(t, r.traces.Shutdown(t.Context()))
				assert.Zero(t, r.givenUp(t))
				require.NoError(t, r.logs.Shutdown(t.Context()))
			})
		})
	}
}

// TestWithRetriesOffEachFailureIsALossAndIsCounted has no disk: validation refuses
// one without retries.
func TestWithRetriesOffEachFailureIsALossAndIsCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api := fakeapi.New(fakeapi.Settings{})
		api.Script(fakeapi.KnownAgents, fakeapi.Step{Status: 500})
		r := directRig(t, api, nil, func(c *Config) { c.RetryConfig.Enabled = false })
		require.NoError(t, r.traces.ConsumeTraces(t.Context(), fixture.NewTraces("/a", "/b", "/c")))
		<-time.After(time.Minute)
		assert.EqualValues(t, 3, r.givenUp(t))
		assert.EqualValues(t, 3, r.sendFailed(t))
		assert.Len(t, api.Requests(fakeapi.KnownAgents), 1)
		require.NoError(t, r.traces.Shutdown(t.Context()))
		assert.EqualValues(t, 3, r.givenUp(t), "once")
		require.NoError(t, r.logs.Shutdown(t.Context()))
	})
}

// TestAShutdownLosesNothingThatIsOnDisk interrupts what waits for a retry, and what
// is under way at an API that hangs. In memory it is lost and counted. On disk it
// is not, and the next start delivers it.
func TestAShutdownLosesNothingThatIsOnDisk(t *testing.T) {
	for name, test := range map[string]struct {
		hangs bool
		limit time.Duration
		until time.Duration // the shutdown
	}{
		"a retry that waits":                    {false, 0, time.Minute},
		"a retry that waits for a limited time": {false, 15 * time.Minute, time.Minute},
		"a request":                             {true, 0, time.Minute},
		"a request whose limit is over":         {true, 15 * time.Minute, time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			for name, disk := range bothQueues() {
				t.Run(name, func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) {
						api, step := fakeapi.New(fakeapi.Settings{}), fakeapi.Step{Status: 500, Times: fakeapi.Forever}
						if test.hangs {
							step.Hang = make(chan struct{})
						}
						api.Script(fakeapi.KnownAgents, step)
						change := func(c *Config) {
							c.ClientConfig.Timeout = 24 * time.Hour
							c.RetryConfig.MaxElapsedTime = test.limit
						}
						r := directRig(t, api, disk, change)
						require.NoError(t, r.traces.ConsumeTraces(t.Context(), fixture.NewTraces("/a", "/b", "/c")))
						<-time.After(test.until)
						require.NoError(t, r.traces.Shutdown(t.Context()))
						require.NoError(t, r.logs.Shutdown(t.Context()))
						if disk == nil {
							assert.EqualValues(t, 3, r.givenUp(t))
							assert.EqualValues(t, 3, r.sendFailed(t))
							return
						}
						assert.Zero(t, r.givenUp(t))

						api.ClearScript(fakeapi.KnownAgents)
						again := directRig(t, api, disk, change)
						<-time.After(time.Minute)
						assert.Len(t, api.KnownAgentsVisits(), 3)
						require.NoError(t, again.traces.Shutdown(t.Context()))
						require.NoError(t, again.logs.Shutdown(t.Context()))
						assert.Zero(t, again.givenUp(t))
						requireEmpty(t, disk)
					})
				})
			}
		})
	}
}

// TestASenderThatIsToldOfAFailureHasTheVisitsStill promises that nothing is counted
// as lost, because the sender may try again.
func TestASenderThatIsToldOfAFailureHasTheVisitsStill(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api := fakeapi.New(fakeapi.Settings{})
		api.Script(fakeapi.KnownAgents, fakeapi.Step{Status: 500, Times: fakeapi.Forever})
		r := directRig(t, api, nil, func(c *Config) {
			c.QueueConfig = configoptional.None[exporterhelper.QueueBatchConfig]()
			c.Backpressure, c.RetryConfig.MaxElapsedTime = true, 15*time.Minute
		})
		begun := time.Now()
		err := r.traces.ConsumeTraces(t.Context(), fixture.NewTraces("/a", "/b", "/c"))
		require.ErrorContains(t, err, "answered 500")
		assert.False(t, consumererror.IsPermanent(err), "the sender may try again")
		assert.LessOrEqual(t, time.Since(begun), 15*time.Minute, "the helper keeps the limit")
		requests := len(api.Requests(fakeapi.KnownAgents))
		require.NoError(t, r.traces.Shutdown(t.Context()))
		require.NoError(t, r.logs.Shutdown(t.Context()))
		assert.Len(t, api.Requests(fakeapi.KnownAgents), requests, "no last try: the sender has the visits")
		for _, reason := range telemetry.DropReasons {
			assert.Zero(t, r.sum(t, "otelcol_exporter_agent_visits_dropped", "reason", reason), reason)
		}
	})
}

// paused is what the gauge says for a signal.
func (r *rig) paused(t *testing.T, signal string) int64 {
	t.Helper()
	got, err := r.telemetry.GetMetric("otelcol_exporter_agent_visits_paused")
	require.NoError(t, err)
	for _, point := range got.Data.(metricdata.Gauge[int64]).DataPoints {
		if value, _ := point.Attributes.Value(attribute.Key("signal")); value.AsString() == signal {
			return point.Value
		}
	}
	t.Fatal("no such point")
	return 0
}

func TestAPauseHoldsTracesAndLogsAlike(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api := fakeapi.New(fakeapi.Settings{})
		api.Script(fakeapi.KnownAgents, fakeapi.Step{Status: 429, RetryAfter: "60"})
		r := directRig(t, api, nil, asItIs)
		require.NoError(t, r.traces.ConsumeTraces(t.Context(), fixture.NewTraces("/a")))
		<-time.After(10 * time.Second)
		require.NoError(t, r.logs.ConsumeLogs(t.Context(), fixture.NewLogs("/b")))
		<-time.After(10 * time.Second)
		assert.Len(t, api.Requests(fakeapi.KnownAgents), 1)
		assert.EqualValues(t, 1, r.paused(t, "traces"))
		assert.EqualValues(t, 1, r.paused(t, "logs"))

		<-time.After(time.Minute)
		assert.Len(t, api.KnownAgentsVisits(), 2)
		assert.Zero(t, r.paused(t, "traces"))
		assert.Zero(t, r.paused(t, "logs"))
		r.shutdown(t)
	})
}

func TestADamagedBatchOnDiskIsCountedAndLogged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api, disk := fakeapi.New(fakeapi.Settings{}), fixture.NewDisk(map[string][]byte{})
		api.Script(fakeapi.KnownAgents, fakeapi.Step{Status: 500, Times: fakeapi.Forever})
		r := directRig(t, api, disk, asItIs)
		require.NoError(t, r.traces.ConsumeTraces(t.Context(), fixture.NewTraces("/a")))
		r.shutdown(t)
		damaged := 0
		for key, stored := range disk.Kept {
			if ascii.IsDigits(key) {
				stored[len(stored)-1]++
				damaged++
			}
		}
		require.Equal(t, 1, damaged)

		again := directRig(t, api, disk, asItIs)
		<-time.After(time.Minute)
		assert.EqualValues(t, 1, again.sum(t, "otelcol_exporter_agent_visits_dropped", "reason", "unreadable"))
		assert.Equal(t, 1, again.observed.FilterMessage("Dropping a batch of the queue.").Len())
		again.shutdown(t)
	})
}

func TestUnreadableVisitsAreCountedWithTheirNumber(t *testing.T) {
	core, logs := observer.New(zap.InfoLevel)
	meters := componenttest.NewTelemetry()
	set := exportertest.NewNopSettings(metadata.Type)
	set.TelemetrySettings = meters.NewTelemetrySettings()
	counters, err := telemetry.New(set, pipeline.SignalTraces, "known_agents")
	require.NoError(t, err)
	lost := losses{counters, zap.New(core)}
	lost.unreadable(errors.New("damaged"), 3)
	lost.unreadable(errors.New("damaged"), 500)
	assert.EqualValues(t, 503, fixture.Sum(t, meters, fixture.ExporterMetric("dropped"), "reason", "unreadable"))
	assert.Equal(t, 2, logs.FilterMessage("Dropping a batch of the queue.").Len())
	require.NoError(t, meters.Shutdown(t.Context()))
}

// TestAQueueOnDiskHidesNoStatus is needed because delivery reports statuses to a host
// that the queue has put before the Collector's.
func TestAQueueOnDiskHidesNoStatus(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api := fakeapi.New(fakeapi.Settings{})
		api.Script(fakeapi.KnownAgents, fakeapi.Step{Status: 401, Times: 4}) // fewer are no evidence
		r := directRig(t, api, fixture.NewDisk(map[string][]byte{}), asItIs)
		require.NoError(t, r.traces.ConsumeTraces(t.Context(), fixture.NewTraces("/a")))
		<-time.After(time.Hour)
		assert.Len(t, api.KnownAgentsVisits(), 1)
		assert.Equal(t, []componentstatus.Status{componentstatus.StatusRecoverableError, componentstatus.StatusOK}, r.host.(*directHost).Statuses())
		r.shutdown(t)
	})
}
