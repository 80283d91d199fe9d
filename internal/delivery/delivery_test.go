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

	"go.opentelemetry.io/collector/component/componentstatus"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fakeapi"
	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
	"github.com/agentvisits/agentvisitsexporter/internal/telemetry"
)

func TestNothingIsSentOfAnEmptyBatch(t *testing.T) {
	d := newTestDelivery(t)
	require.NoError(t, d.Push(t.Context(), newBatch(0)))
	assert.Empty(t, d.api.Requests(fakeapi.KnownAgents))
}

func TestAFailureOnTheWaySendsAgainOnlyWhatIsUnsent(t *testing.T) {
	for _, status := range []int{401, 410, 429, 500, 503} {
		t.Run(http.StatusText(status), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := newTestDelivery(t)
				d.poison()
				d.api.Script(fakeapi.KnownAgents, fakeapi.Step{Times: 5}, fakeapi.Step{Status: status, Times: 6})
				require.NoError(t, d.Push(t.Context(), newBatch(400, 150)))
				assert.ElementsMatch(t, wantPaths(400, 150), d.arrived(), "each once")
				assert.EqualValues(t, 1, d.dropped(t, telemetry.DropRejected))
			})
		})
	}
}

// TestWhatSomebodyMustMendIsReportedOnceAndKeepsTheVisits has nobody accept anything
// meanwhile: the second half minute would be a pause of its own.
func TestWhatSomebodyMustMendIsReportedOnceAndKeepsTheVisits(t *testing.T) {
	for _, status := range []int{301, 307, 400, 401, 402, 403, 404, 405, 406, 410, 413, 415, 422} {
		t.Run(http.StatusText(status), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := newTestDelivery(t)
				patience := policies[answer{status: status}.rule().outcome].patience
				d.api.Script(fakeapi.KnownAgents, fakeapi.Step{Status: status, Times: patience + 3})
				begun := time.Now()
				require.NoError(t, d.Push(t.Context(), newBatch(50)))
				assert.ElementsMatch(t, wantPaths(50), d.arrived())
				assert.GreaterOrEqual(t, time.Since(begun), 3*answer{status: status}.pause(0))
				assert.Equal(t, []componentstatus.Status{componentstatus.StatusRecoverableError, componentstatus.StatusOK}, d.host.Statuses())
				assert.Equal(t, 1, d.logs.FilterMessageSnippet("cannot be delivered").Len())
				assert.Equal(t, 1, d.logs.FilterMessageSnippet("Delivery is paused.").Len())
				assert.Equal(t, 1, d.logs.FilterMessageSnippet("delivered again").Len())
				assert.NotContains(t, fmt.Sprint(d.logs.All()), fixture.Token)
			})
		})
	}
}

func TestAnAPIThatIsDownIsNobodysFault(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newTestDelivery(t)
		d.api.Script(fakeapi.KnownAgents, fakeapi.Step{Status: 502, Times: 20})
		require.NoError(t, d.Push(t.Context(), newBatch(50)))
		assert.Empty(t, d.host.Statuses())
		assert.Equal(t, 1, d.logs.FilterMessageSnippet("Delivery is paused.").Len())
		assert.Equal(t, 1, d.logs.FilterMessageSnippet("delivered again").Len())
	})
}

func TestOneFailureIsNoOutage(t *testing.T) {
	for _, status := range []int{401, 410, 500} {
		t.Run(http.StatusText(status), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d, begun := newTestDelivery(t), time.Now()
				d.api.Script(fakeapi.KnownAgents, fakeapi.Step{Status: status})
				require.NoError(t, d.Push(t.Context(), newBatch(50)))
				assert.ElementsMatch(t, wantPaths(50), d.arrived())
				assert.Zero(t, time.Since(begun), "a single visit asks at once")
				assert.Empty(t, d.logs.All())
				assert.Empty(t, d.host.Statuses())
			})
		})
	}
}

// TestNothingIsDroppedWhileNothingIsAccepted has an API that refuses everything for an
// hour, in each way.
func TestNothingIsDroppedWhileNothingIsAccepted(t *testing.T) {
	for name, o := range objections {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d, begun := newTestDelivery(t), time.Now()
				api := d.client.http.Transport
				d.client.http.Transport = transport(func(r *http.Request) (*http.Response, error) {
					if time.Since(begun) > time.Hour {
						return api.RoundTrip(r)
					}
					d.requests.Add(1)
					return o(r)
				})
				require.NoError(t, d.Push(t.Context(), newBatch(1_000)))
				assert.ElementsMatch(t, wantPaths(1_000), d.arrived())
				assert.Less(t, time.Since(begun), time.Hour+90*time.Second)
				assert.LessOrEqual(t, d.requests.Load(), int64(1_800), "requests")
				assert.Zero(t, d.dropped(t, dropReasonOf(name)))
			})
		})
	}
}

func TestABodyThatWasRejectedBeforeTheAPIWasMendedIsDelivered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newTestDelivery(t)
		d.api.Script(fakeapi.KnownAgents, fakeapi.Step{Status: 422, Times: 3})
		require.NoError(t, d.Push(t.Context(), newBatch(4)))
		assert.ElementsMatch(t, wantPaths(4), d.arrived())
		assert.Zero(t, d.dropped(t, telemetry.DropRejected))
	})
}

func TestAnAPIThatTurnsToRefusingEverythingCostsNoVisit(t *testing.T) {
	for _, status := range []int{400, 403, 413, 422, 429, 500} {
		t.Run(http.StatusText(status), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := newTestDelivery(t)
				require.NoError(t, d.Push(t.Context(), newBatch(3)))
				d.api.Script(fakeapi.KnownAgents, fakeapi.Step{Status: status, Times: 12})
				for range 20 {
					require.NoError(t, d.Push(t.Context(), newBatch(1)))
				}
				assert.Len(t, d.arrived(), 23)
				assert.Zero(t, d.dropped(t, telemetry.DropRejected)+d.dropped(t, telemetry.DropTooLarge))
			})
		})
	}
}

func TestRequestsAndWhatTheyDeliverAreMeasured(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, request := newTestDelivery(t), newBatch(1)
		size := int64(request.BytesSize())
		request.Since = time.Now().UnixMilli()
		<-time.After(10 * time.Second)
		d.api.Script(fakeapi.KnownAgents, fakeapi.Step{Status: 500})
		require.NoError(t, d.Push(t.Context(), request))

		assert.EqualValues(t, 1, fixture.Sum(t, d.telemetry, fixture.ExporterMetric("sent")))
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
