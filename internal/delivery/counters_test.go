// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package delivery

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fakeapi"
	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
)

// recorded is how often a histogram was recorded, and the sum of what was.
func recorded[N int64 | float64](t *testing.T, b *testDelivery, metric string) (times uint64, sum N) {
	t.Helper()
	got, err := b.telemetry.GetMetric(fixture.ExporterMetric(metric))
	require.NoError(t, err)
	points := got.Data.(metricdata.Histogram[N]).DataPoints
	require.Len(t, points, 1)
	return points[0].Count, points[0].Sum
}

func TestRequestsAndWhatTheyDeliverAreMeasured(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, request := newTestDelivery(t), newBatch(3)
		size := int64(request.BytesSize())
		request.Since = time.Now().UnixMilli()
		<-time.After(10 * time.Second)
		b.api.Script(fakeapi.KnownAgents, fakeapi.Step{Status: 500})
		err := b.Push(t.Context(), request)
		require.Error(t, err)
		assert.Zero(t, fixture.Sum(t, b.telemetry, fixture.ExporterMetric("sent")))
		require.NoError(t, b.Push(t.Context(), request.OnError(err)))

		assert.EqualValues(t, 3, fixture.Sum(t, b.telemetry, fixture.ExporterMetric("sent")))
		assert.Equal(t, size, fixture.Sum(t, b.telemetry, fixture.ExporterMetric("sent_bytes")))
		assert.EqualValues(t, 1, fixture.Sum(t, b.telemetry, fixture.ExporterMetric("requests"), "status_class", "5xx"))
		assert.EqualValues(t, 1, fixture.Sum(t, b.telemetry, fixture.ExporterMetric("requests"), "status_class", "2xx"))
		times, seconds := recorded[float64](t, b, "delay")
		assert.EqualValues(t, 1, times, "for what was delivered")
		assert.InDelta(t, 10, seconds, 0.001)
		times, bytes := recorded[int64](t, b, "body_size")
		assert.EqualValues(t, 2, times, "for each request")
		assert.Equal(t, 2*size, bytes)
		times, _ = recorded[float64](t, b, "request_duration")
		assert.EqualValues(t, 2, times)
	})
}
