// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package delivery

import (
	"fmt"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fakeapi"
	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
	"github.com/agentvisits/agentvisitsexporter/internal/telemetry"
)

func TestRejectionIsLoggedWithTheFieldAndWithoutTheVisit(t *testing.T) {
	d := newTestDelivery(t)
	d.api.Script(fakeapi.KnownAgents, fakeapi.Step{}, fakeapi.Step{Status: 422, Body: `{"detail":[{"loc":["body",0,"request_path"],"input":"/0?SECRET"}]}`})
	require.NoError(t, d.Push(t.Context(), newBatch(1)))
	require.NoError(t, d.Push(t.Context(), newBatch(1)))
	entries := d.logs.FilterMessageSnippet("Dropping visits").All()
	require.Len(t, entries, 1)
	assert.Equal(t, []any{"request_path"}, entries[0].ContextMap()["fields_named_in_answer"])
	assert.NotContains(t, fmt.Sprint(entries[0].ContextMap()), "SECRET")
}

func TestBodiesShrinkAfterOneIsTooLarge(t *testing.T) {
	const limit = 30_000
	d := newTestDelivery(t)
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ContentLength > limit {
			w.WriteHeader(http.StatusRequestEntityTooLarge)
			return
		}
		d.api.ServeHTTP(w, r)
	})
	d.client.http.Transport = fixture.InProcess{Handler: handler}
	require.NoError(t, d.Push(t.Context(), newBatch(2_000)))
	assert.Equal(t, wantPaths(2_000), d.arrived())
	assert.LessOrEqual(t, d.maxBytes.Load(), int64(limit))

	before := d.logs.FilterMessageSnippet("too large").Len()
	require.NoError(t, d.Push(t.Context(), newBatch(2_000)))
	assert.Equal(t, before, d.logs.FilterMessageSnippet("too large").Len(), "the size is learned once")
	assert.Zero(t, d.dropped(t, telemetry.DropTooLarge))
}

func TestASingleVisitThatIsTooLargeIsDropped(t *testing.T) {
	d := newTestDelivery(t)
	d.api.Script(fakeapi.KnownAgents, fakeapi.Step{Status: 413, Times: 2})
	require.NoError(t, d.Push(t.Context(), newBatch(2)))
	assert.Equal(t, []string{"/1"}, d.arrived())
	assert.EqualValues(t, 1, d.dropped(t, telemetry.DropTooLarge))
}

func TestABodyThatTheAPIRefusesIsDroppedWhole(t *testing.T) {
	d := newTestDelivery(t)
	d.api.Script(fakeapi.KnownAgents, fakeapi.Step{Status: 418})
	require.NoError(t, d.Push(t.Context(), newBatch(3)))
	require.NoError(t, d.Push(t.Context(), newBatch(1)))
	assert.Equal(t, wantPaths(1), d.arrived())
	assert.EqualValues(t, 3, d.dropped(t, telemetry.DropRefused))
	assert.Empty(t, d.host.Statuses())
}

func TestRequestsAndWhatTheyDeliverAreMeasured(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, request := newTestDelivery(t), newBatch(3)
		size := int64(request.BytesSize())
		request.Since = time.Now().UnixMilli()
		<-time.After(10 * time.Second)
		d.api.Script(fakeapi.KnownAgents, fakeapi.Step{Status: 500})
		err := d.Push(t.Context(), request)
		require.Error(t, err)
		assert.Zero(t, fixture.Sum(t, d.telemetry, fixture.ExporterMetric("sent")))
		require.NoError(t, d.Push(t.Context(), request.OnError(err)))

		assert.EqualValues(t, 3, fixture.Sum(t, d.telemetry, fixture.ExporterMetric("sent")))
		assert.Equal(t, size, fixture.Sum(t, d.telemetry, fixture.ExporterMetric("sent_bytes")))
		assert.EqualValues(t, 1, fixture.Sum(t, d.telemetry, fixture.ExporterMetric("requests"), "status_class", "5xx"))
		assert.EqualValues(t, 1, fixture.Sum(t, d.telemetry, fixture.ExporterMetric("requests"), "status_class", "2xx"))
		times, seconds := recorded[float64](t, d, "delay")
		assert.EqualValues(t, 1, times, "for what was delivered")
		assert.InDelta(t, 10, seconds, 0.001)
		times, bytes := recorded[int64](t, d, "body_size")
		assert.EqualValues(t, 2, times, "for each request")
		assert.Equal(t, 2*size, bytes)
		times, _ = recorded[float64](t, d, "request_duration")
		assert.EqualValues(t, 2, times)
	})
}

// recorded is how often a histogram was recorded, and the sum of what was.
func recorded[N int64 | float64](t *testing.T, d *testDelivery, metric string) (times uint64, sum N) {
	t.Helper()
	got, err := d.telemetry.GetMetric(fixture.ExporterMetric(metric))
	require.NoError(t, err)
	points := got.Data.(metricdata.Histogram[N]).DataPoints
	require.Len(t, points, 1)
	return points[0].Count, points[0].Sum
}
