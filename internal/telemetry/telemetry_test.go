// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package telemetry

import (
	"context"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/exporter/exportertest"
	"go.opentelemetry.io/collector/pipeline"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
	"github.com/agentvisits/agentvisitsexporter/internal/metadata"
	"github.com/agentvisits/agentvisitsexporter/internal/visit"
)

// newCounters makes counters, and what reads them.
func newCounters(t *testing.T) (*Counters, *componenttest.Telemetry) {
	t.Helper()
	meters := componenttest.NewTelemetry()
	set := exportertest.NewNopSettings(metadata.Type)
	set.TelemetrySettings = meters.NewTelemetrySettings()
	c, err := New(set, pipeline.SignalTraces, "known_agents")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, meters.Shutdown(context.Background())) })
	return c, meters
}

// points are a metric's points.
func points[T metricdata.Aggregation](t *testing.T, meters *componenttest.Telemetry, metric string) T {
	t.Helper()
	got, err := meters.GetMetric(fixture.ExporterMetric(metric))
	require.NoError(t, err)
	return got.Data.(T)
}

func TestEveryCounterStartsAtZero(t *testing.T) {
	c, meters := newCounters(t)
	c.Start(t.Context())
	for metric, want := range map[string]int{
		"sent": 1, "sent_bytes": 1, "truncated": 1,
		"dropped": len(DropReasons), "skipped": int(visit.SkipReasonCount) - 1, "requests": 5, "waited": len(Outcomes),
	} {
		t.Run(metric, func(t *testing.T) {
			all := points[metricdata.Sum[int64]](t, meters, metric).DataPoints
			assert.Len(t, all, want)
			for _, point := range all {
				assert.Zero(t, point.Value)
				destination, _ := point.Attributes.Value("destination")
				assert.Equal(t, "known_agents", destination.AsString())
				signal, _ := point.Attributes.Value("signal")
				assert.Equal(t, "traces", signal.AsString())
			}
		})
	}
}

func TestEveryReasonHasItsOwnCounter(t *testing.T) {
	c, meters := newCounters(t)
	for i := range DropReasons {
		c.Dropped(t.Context(), DropReason(i), i+1)
	}
	for i, reason := range DropReasons {
		assert.EqualValues(t, i+1, fixture.Sum(t, meters, fixture.ExporterMetric("dropped"), "reason", reason))
	}
	for reason := visit.NotSkipped + 1; reason < visit.SkipReasonCount; reason++ {
		c.Skipped(t.Context(), reason, int64(reason))
	}
	for reason := visit.NotSkipped + 1; reason < visit.SkipReasonCount; reason++ {
		assert.EqualValues(t, reason, fixture.Sum(t, meters, fixture.ExporterMetric("skipped"), "reason", visit.SkipReasons[reason]))
	}
}

func TestRequestsAreCountedByTheClassOfTheirStatus(t *testing.T) {
	for name, c := range map[string]struct {
		status int
		class  string
	}{
		"accepted":                   {http.StatusAccepted, "2xx"},
		"redirected":                 {http.StatusFound, "3xx"},
		"refused":                    {http.StatusForbidden, "4xx"},
		"failed":                     {http.StatusBadGateway, "5xx"},
		"no answer":                  {0, "error"},
		"a status of no known class": {199, "error"},
		"a status beyond all":        {600, "error"},
	} {
		t.Run(name, func(t *testing.T) {
			counters, meters := newCounters(t)
			counters.Requested(t.Context(), c.status, 2*time.Second, 100)
			assert.EqualValues(t, 1, fixture.Sum(t, meters, fixture.ExporterMetric("requests"), "status_class", c.class))
			assert.InDelta(t, 2, points[metricdata.Histogram[float64]](t, meters, "request_duration").DataPoints[0].Sum, 0.001)
			assert.EqualValues(t, 100, points[metricdata.Histogram[int64]](t, meters, "body_size").DataPoints[0].Sum)
		})
	}
}

func TestTheDelayIsThatOfTheOldestVisit(t *testing.T) {
	for name, c := range map[string]struct {
		visits int
		since  time.Duration // before now
		delays int
		sum    float64
	}{
		"delivered":                   {3, 10 * time.Second, 1, 10},
		"the clock was set back":      {3, -10 * time.Second, 1, 0},
		"nothing, to start a counter": {0, 10 * time.Second, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				counters, meters := newCounters(t)
				counters.Sent(t.Context(), c.visits, 1000, time.Now().Add(-c.since).UnixMilli())
				assert.EqualValues(t, c.visits, points[metricdata.Sum[int64]](t, meters, "sent").DataPoints[0].Value)
				assert.EqualValues(t, 1000, points[metricdata.Sum[int64]](t, meters, "sent_bytes").DataPoints[0].Value)
				if c.delays == 0 {
					_, err := meters.GetMetric(fixture.ExporterMetric("delay"))
					require.Error(t, err)
					return
				}
				delay := points[metricdata.Histogram[float64]](t, meters, "delay").DataPoints[0]
				assert.EqualValues(t, c.delays, delay.Count)
				assert.InDelta(t, c.sum, delay.Sum, 0.002)
			})
		})
	}
}

func TestTheGaugeOfParkedVisitsIsThatOfNow(t *testing.T) {
	c, meters := newCounters(t)
	_, err := meters.GetMetric(fixture.ExporterMetric("parked"))
	require.Error(t, err, "an exporter with one site has none")
	visits := 7
	require.NoError(t, c.ObserveParked(func() int { return visits }))
	assert.EqualValues(t, 7, points[metricdata.Gauge[int64]](t, meters, "parked").DataPoints[0].Value)
	visits = 0
	assert.Zero(t, points[metricdata.Gauge[int64]](t, meters, "parked").DataPoints[0].Value)
}

func TestThePauseIsShownUntilShutdown(t *testing.T) {
	c, meters := newCounters(t)
	paused := true
	require.NoError(t, c.Observe(func() bool { return paused }))
	assert.EqualValues(t, 1, points[metricdata.Gauge[int64]](t, meters, "paused").DataPoints[0].Value)
	paused = false
	assert.EqualValues(t, 0, points[metricdata.Gauge[int64]](t, meters, "paused").DataPoints[0].Value)
	c.Shutdown()
	_, err := meters.GetMetric(fixture.ExporterMetric("paused"))
	assert.Error(t, err)
}
