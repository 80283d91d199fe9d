// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componentstatus"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/exporter"
	"go.opentelemetry.io/collector/exporter/exporterhelper"
	"go.opentelemetry.io/collector/exporter/exportertest"
	"go.opentelemetry.io/collector/pipeline"

	"github.com/agentvisits/agentvisitsexporter/internal/fakeapi"
	"github.com/agentvisits/agentvisitsexporter/internal/metadata"
)

// inProcess lets a client talk to a handler without a network, so that tests
// of waiting can run on a clock of their own.
type inProcess struct{ handler http.Handler }

func (p inProcess) RoundTrip(r *http.Request) (*http.Response, error) {
	answered := make(chan *http.Response, 1)
	go func() {
		recorder := httptest.NewRecorder()
		p.handler.ServeHTTP(recorder, r)
		answered <- recorder.Result()
	}()
	select {
	case response := <-answered:
		return response, nil
	case <-r.Context().Done():
		return nil, r.Context().Err()
	}
}

// statusHost remembers the statuses that a component reports.
type statusHost struct {
	component.Host
	mu     sync.Mutex
	events []*componentstatus.Event
}

func (h *statusHost) Report(event *componentstatus.Event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.events = append(h.events, event)
}

func (h *statusHost) statuses() []componentstatus.Status {
	h.mu.Lock()
	defer h.mu.Unlock()
	var statuses []componentstatus.Status
	for _, event := range h.events {
		statuses = append(statuses, event.Status())
	}
	return statuses
}

// testDelivery is a delivery to a stand-in of the API, with all that can be seen of
// it.
type testDelivery struct {
	*delivery
	api       *fakeapi.API
	host      *statusHost
	logs      *observer.ObservedLogs
	telemetry *componenttest.Telemetry
}

func newTestDelivery(t *testing.T) *testDelivery {
	t.Helper()
	core, logs := observer.New(zap.InfoLevel)
	b := &testDelivery{
		api:       fakeapi.New(fakeapi.Settings{}),
		host:      &statusHost{Host: componenttest.NewNopHost()},
		logs:      logs,
		telemetry: componenttest.NewTelemetry(),
	}
	set := exportertest.NewNopSettings(metadata.Type)
	set.TelemetrySettings = b.telemetry.NewTelemetrySettings()
	set.Logger = zap.New(core)
	b.delivery = startedDelivery(t, set, b.host, b.api)
	return b
}

func startedDelivery(t *testing.T, set exporter.Settings, host component.Host, handler http.Handler) *delivery {
	t.Helper()
	cfg := knownAgentsConfig("http://127.0.0.1:1")
	destination := cfg.destination()
	counters, err := newCounters(set, pipeline.SignalTraces, destination.name)
	require.NoError(t, err)
	d := newDelivery(deliveryConfig{client: cfg.ClientConfig, retry: cfg.RetryConfig, queue: cfg.QueueConfig}, destination, counters, newBreakers(), set)
	require.NoError(t, d.start(context.Background(), host))
	d.client.http.Transport = inProcess{handler}
	t.Cleanup(func() { assert.NoError(t, d.shutdown(context.Background())) })
	return d
}

// dropped is how many visits were dropped for the reason.
func (b *testDelivery) dropped(t *testing.T, reason dropReason) int64 {
	t.Helper()
	got, err := b.telemetry.GetMetric("otelcol_exporter_agent_visits_dropped")
	require.NoError(t, err)
	for _, point := range got.Data.(metricdata.Sum[int64]).DataPoints {
		if value, _ := point.Attributes.Value(attribute.Key("reason")); value.AsString() == dropReasons[reason] {
			return point.Value
		}
	}
	return 0
}

// newBatch is a batch of visits to /0, /1, ...; those at the given places go to
// /poison/0, ...
func newBatch(n int, poison ...int) *batch {
	f := knownAgents(&KnownAgentsConfig{}).framing
	var lines []byte
	var text [fieldCount]string
	for i := range n {
		path := fmt.Sprintf("/%d", i)
		if slices.Contains(poison, i) {
			path = "/poison" + path
		}
		e := encodeKnownAgents(lines, &visit{
			start: time.Date(2026, 5, 4, 9, 15, 2, 0, time.UTC).UnixNano(), method: "GET", path: path, duration: unknownDuration, text: &text, present: &fieldSet{},
		})
		lines = append(e.bytes, f.separator...)
	}
	return batchOf(&f, chunk{lines: slices.Clip(lines), count: n}, 0)
}

// unsentOf is what the retry sender comes back with after the request has failed.
func unsentOf(request queueRequest, err error) queueRequest {
	return request.(interface{ OnError(error) queueRequest }).OnError(err)
}

func (b *testDelivery) poison() {
	b.api.RejectVisits(fakeapi.KnownAgents, func(v fakeapi.Visit) bool {
		return strings.HasPrefix(v.KnownAgents.RequestPath, "/poison")
	})
}

// arrived are the paths that the API has stored.
func (b *testDelivery) arrived() []string {
	var paths []string
	for _, v := range b.api.KnownAgentsVisits() {
		paths = append(paths, v.RequestPath)
	}
	return paths
}

// wantPaths are the paths of the visits of newBatch, less the poison.
func wantPaths(n int, poison ...int) []string {
	var paths []string
	for i := range n {
		if !slices.Contains(poison, i) {
			paths = append(paths, fmt.Sprintf("/%d", i))
		}
	}
	return paths
}

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
			require.NoError(t, b.push(t.Context(), newBatch(test.visits, test.poison...)))

			assert.Equal(t, wantPaths(test.visits, test.poison...), b.arrived(), "delivered once, in order")
			assert.EqualValues(t, len(test.poison), b.dropped(t, dropRejected))
			bound := 1 + 2*len(test.poison)*int(math.Ceil(math.Log2(float64(test.visits))))
			assert.LessOrEqual(t, len(b.api.Requests(fakeapi.KnownAgents)), bound, "requests")
			assert.Empty(t, b.host.statuses())
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
	for request := queueRequest(newBatch(1_000, poison...)); request != nil; attempts++ {
		if err = b.push(t.Context(), request); err == nil {
			break
		}
		require.ErrorIs(t, err, errTooManyRequests)
		request = unsentOf(request, err)
	}
	assert.Positive(t, attempts)
	assert.Equal(t, wantPaths(1_000, poison...), b.arrived())
	assert.EqualValues(t, len(poison), b.dropped(t, dropRejected))
}

func TestManyRejectedVisitsAtTheHeadDoNotHoldTheOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newTestDelivery(t)
		b.poison()
		var poison []int
		for i := range 20 { // one attempt can find so many
			poison = append(poison, i)
		}
		request, attempts := queueRequest(newBatch(200, poison...)), 0
		for ; request != nil && attempts < 100; attempts++ {
			err := b.push(t.Context(), request)
			if err == nil {
				break
			}
			request = unsentOf(request, err)
		}
		assert.Less(t, attempts, 100, "attempts")
		assert.ElementsMatch(t, wantPaths(200, poison...), b.arrived())
		assert.EqualValues(t, len(poison), b.dropped(t, dropRejected))
	})
}

func TestABatchOfRejectedVisitsAloneDoesNotHoldTheOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newTestDelivery(t)
		b.poison()
		poison := []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}
		request := queueRequest(newBatch(10, poison...))
		err := b.push(t.Context(), request)
		require.ErrorContains(t, err, "so they are kept")
		require.Zero(t, b.dropped(t, dropRejected))
		begun := time.Now()
		require.NoError(t, b.push(t.Context(), newBatch(1)))
		assert.GreaterOrEqual(t, time.Since(begun), throttleRetry, "at first it may be the API")

		begun = time.Now()
		for range 4 {
			request = unsentOf(request, err)
			err = b.push(t.Context(), request)
			require.NoError(t, b.push(t.Context(), newBatch(1)))
		}
		require.NoError(t, err)
		assert.Zero(t, time.Since(begun), "the others do not wait any more")
		assert.EqualValues(t, 10, b.dropped(t, dropRejected))
		assert.Equal(t, 1, b.logs.FilterMessageSnippet("cannot be delivered").Len())
	})
}

func TestNothingIsDroppedWhileEverythingIsRejected(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newTestDelivery(t)
		b.api.RejectVisits(fakeapi.KnownAgents, func(fakeapi.Visit) bool { return true })
		request := newBatch(1_000)
		err := b.push(t.Context(), request)
		require.ErrorContains(t, err, "so they are kept")
		assert.Less(t, len(b.api.Requests(fakeapi.KnownAgents)), 16)
		assert.Zero(t, b.dropped(t, dropRejected))
		assert.Equal(t, []componentstatus.Status{componentstatus.StatusRecoverableError}, b.host.statuses())

		b.api.RejectVisits(fakeapi.KnownAgents, nil)
		require.NoError(t, b.push(t.Context(), request.OnError(err)))
		assert.ElementsMatch(t, wantPaths(1_000), b.arrived())
		assert.Equal(t, []componentstatus.Status{componentstatus.StatusRecoverableError, componentstatus.StatusOK}, b.host.statuses())
	})
}

func TestAVisitRejectedBeforeTheApiWasMendedIsDelivered(t *testing.T) {
	b := newTestDelivery(t)
	// The whole, its first half and its first visit; then all is well.
	b.api.Script(fakeapi.KnownAgents, fakeapi.Step{Status: 422, Times: 3})
	require.NoError(t, b.push(t.Context(), newBatch(4)))
	assert.ElementsMatch(t, wantPaths(4), b.arrived())
	assert.Zero(t, b.dropped(t, dropRejected))
}

func TestAShortRetryAfterIsNotStretched(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newTestDelivery(t)
		b.api.Script(fakeapi.KnownAgents, fakeapi.Step{Status: 429, RetryAfter: "1"})
		begun := time.Now()
		request := newBatch(1)
		err := b.push(t.Context(), request)
		require.Error(t, err)
		require.NoError(t, b.push(t.Context(), request.OnError(err)))
		assert.GreaterOrEqual(t, time.Since(begun), time.Second)
		assert.Less(t, time.Since(begun), 2*time.Second)
	})
}

func TestAnApiThatTurnsToRejectingEverythingCostsAtMostTwoVisits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newTestDelivery(t)
		require.NoError(t, b.push(t.Context(), newBatch(3)))
		b.api.RejectVisits(fakeapi.KnownAgents, func(fakeapi.Visit) bool { return true })
		for range maxConsecutiveRejections - 1 {
			require.NoError(t, b.push(t.Context(), newBatch(1)))
		}
		for range 3 {
			require.Error(t, b.push(t.Context(), newBatch(1)))
		}
		assert.EqualValues(t, maxConsecutiveRejections-1, b.dropped(t, dropRejected))
	})
}

func TestRejectionIsLoggedWithTheFieldAndWithoutTheVisit(t *testing.T) {
	b := newTestDelivery(t)
	b.api.Script(fakeapi.KnownAgents, fakeapi.Step{}, fakeapi.Step{Status: 422, Body: `{"detail":[{"loc":["body",0,"request_path"],"input":"/0?SECRET"}]}`})
	require.NoError(t, b.push(t.Context(), newBatch(1)))
	require.NoError(t, b.push(t.Context(), newBatch(1)))
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
	b.client.http.Transport = inProcess{handler}
	require.NoError(t, b.push(t.Context(), newBatch(2_000)))
	assert.Equal(t, wantPaths(2_000), b.arrived())
	assert.LessOrEqual(t, b.maxBytes.Load(), int64(limit))

	before := b.logs.FilterMessageSnippet("too large").Len()
	require.NoError(t, b.push(t.Context(), newBatch(2_000)))
	assert.Equal(t, before, b.logs.FilterMessageSnippet("too large").Len(), "the size is learned once")
	assert.Zero(t, b.dropped(t, dropTooLarge))
}

func TestASingleVisitThatIsTooLargeIsDropped(t *testing.T) {
	b := newTestDelivery(t)
	b.api.Script(fakeapi.KnownAgents, fakeapi.Step{Status: 413, Times: 2})
	require.NoError(t, b.push(t.Context(), newBatch(2)))
	assert.Equal(t, []string{"/1"}, b.arrived())
	assert.EqualValues(t, 1, b.dropped(t, dropTooLarge))
}

func TestAFailureOnTheWayKeepsOnlyWhatIsUnsent(t *testing.T) {
	for _, status := range []int{401, 429, 500, 503} {
		t.Run(http.StatusText(status), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newTestDelivery(t)
				b.poison()
				// The whole and its first quarter pass by; then the API fails.
				b.api.Script(fakeapi.KnownAgents, fakeapi.Step{Times: 3}, fakeapi.Step{Status: status})
				request := newBatch(400, 150)
				err := b.push(t.Context(), request)
				require.Error(t, err)
				rest := request.OnError(err)
				assert.Equal(t, 300, rest.ItemsCount())
				require.NoError(t, b.push(t.Context(), rest))
				assert.Equal(t, wantPaths(400, 150), b.arrived())
				assert.EqualValues(t, 1, b.dropped(t, dropRejected))
			})
		})
	}
}

func TestNobodyPostsDuringAPauseAndOneProbesAfterIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newTestDelivery(t)
		release := make(chan struct{})
		b.api.Script(fakeapi.KnownAgents, fakeapi.Step{Status: 429, RetryAfter: "30"}, fakeapi.Step{Hang: release})
		require.Error(t, b.push(t.Context(), newBatch(1)))
		begun := time.Now()

		var consumers sync.WaitGroup
		for range 10 {
			consumers.Go(func() { assert.NoError(t, b.push(t.Context(), newBatch(1))) })
		}
		synctest.Wait()
		require.Len(t, b.api.Requests(fakeapi.KnownAgents), 1, "during the pause")

		require.NoError(t, b.api.WaitRequests(t.Context(), fakeapi.KnownAgents, 2))
		synctest.Wait()
		assert.GreaterOrEqual(t, time.Since(begun), 30*time.Second)
		assert.LessOrEqual(t, time.Since(begun), 36*time.Second)
		assert.Equal(t, 2, b.api.Counts(fakeapi.KnownAgents).Requests, "one probe, while nine wait")

		close(release)
		consumers.Wait()
		assert.Len(t, b.arrived(), 10)
		assert.Equal(t, begun.Add(time.Since(begun)), time.Now(), "all go at once when the probe has succeeded")
	})
}

func TestAProbeThatFailsLetsTheNextOneGo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newTestDelivery(t)
		b.api.Script(fakeapi.KnownAgents, fakeapi.Step{Status: 429, RetryAfter: "1"}, fakeapi.Step{Status: 500}, fakeapi.Step{Status: 429})
		for range 3 {
			require.Error(t, b.push(t.Context(), newBatch(1)))
		}
		require.NoError(t, b.push(t.Context(), newBatch(1)))
	})
}

func TestWrongCredentialsAreReportedOnceAndKeepTheVisits(t *testing.T) {
	for _, status := range []int{401, 402, 403, 404, 405, 406, 415, 301, 307} {
		t.Run(http.StatusText(status), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newTestDelivery(t)
				b.api.Script(fakeapi.KnownAgents, fakeapi.Step{Status: status, Times: 3})
				begun := time.Now()
				request := queueRequest(newBatch(5))
				for range 3 {
					err := b.push(t.Context(), request)
					require.Error(t, err)
					assert.NotContains(t, err.Error(), testToken)
					request = unsentOf(request, err)
				}
				require.NoError(t, b.push(t.Context(), request))
				assert.Len(t, b.arrived(), 5)
				assert.GreaterOrEqual(t, time.Since(begun), 3*slowRetry)
				assert.Equal(t, []componentstatus.Status{componentstatus.StatusRecoverableError, componentstatus.StatusOK}, b.host.statuses())
				assert.Equal(t, 1, b.logs.FilterMessageSnippet("cannot be delivered").Len())
				assert.Equal(t, 1, b.logs.FilterMessageSnippet("delivered again").Len())
			})
		})
	}
}

func TestAHangingServerCannotHoldTheShutdown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newTestDelivery(t)
		b.api.Script(fakeapi.KnownAgents, fakeapi.Step{Hang: make(chan struct{}), Times: fakeapi.Forever})
		var consumers sync.WaitGroup
		for range 10 {
			consumers.Go(func() {
				request := newBatch(1)
				err := b.push(context.Background(), request)
				assert.ErrorIs(t, err, errStopped)
				assert.Equal(t, 1, request.OnError(err).ItemsCount())
			})
		}
		synctest.Wait()
		begun := time.Now()
		b.beginShutdown()
		consumers.Wait()
		assert.Equal(t, drainTime, time.Since(begun))
	})
}

func TestAPausedDeliveryCannotHoldTheShutdown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newTestDelivery(t)
		b.api.Script(fakeapi.KnownAgents, fakeapi.Step{Status: 429, RetryAfter: "900"})
		require.Error(t, b.push(t.Context(), newBatch(1)))
		b.beginShutdown()
		require.ErrorIs(t, b.push(t.Context(), newBatch(1)), errStopped)
	})
}

func TestVisitsLeftAtTheEndAreCountedAsDropped(t *testing.T) {
	b := newTestDelivery(t)
	b.api.Script(fakeapi.KnownAgents, fakeapi.Step{Status: 500, Times: 3})
	first, second := newBatch(3), newBatch(4)
	err := b.push(t.Context(), first)
	require.Error(t, err)
	require.Error(t, b.push(t.Context(), second))
	err = b.push(t.Context(), first.OnError(err))
	require.Error(t, err)
	require.NoError(t, b.push(t.Context(), first.OnError(err)))

	assert.Equal(t, 4, b.pendingRetries.count())
	b.client.http.Transport = failing{errors.New("connection refused")}
	require.NoError(t, b.shutdown(t.Context()))
	assert.EqualValues(t, 4, b.dropped(t, dropGivenUp))
}

func TestWhatWaitsForARetryIsTriedOnceMoreAtTheEnd(t *testing.T) {
	b := newTestDelivery(t)
	b.api.Script(fakeapi.KnownAgents, fakeapi.Step{Status: 500, Times: 2})
	require.Error(t, b.push(t.Context(), newBatch(3)))
	require.Error(t, b.push(t.Context(), newBatch(2)))
	require.NoError(t, b.shutdown(t.Context()))
	assert.Len(t, b.arrived(), 5)
	assert.Zero(t, b.dropped(t, dropGivenUp))
}

func TestAtTheEndAPauseThatTheApiWantsIsKept(t *testing.T) {
	b := newTestDelivery(t)
	b.api.Script(fakeapi.KnownAgents, fakeapi.Step{Status: 429})
	require.Error(t, b.push(t.Context(), newBatch(3)))
	require.NoError(t, b.shutdown(t.Context()))
	assert.Len(t, b.api.Requests(fakeapi.KnownAgents), 1)
	assert.EqualValues(t, 3, b.dropped(t, dropGivenUp))
}

func TestWithoutRetriesAFailureIsCountedAtOnce(t *testing.T) {
	b := newTestDelivery(t)
	b.config.retry.Enabled = false
	b.api.Script(fakeapi.KnownAgents, fakeapi.Step{Status: 500})
	require.Error(t, b.push(t.Context(), newBatch(3)))
	assert.EqualValues(t, 3, b.dropped(t, dropGivenUp))
}

func TestWithoutAQueueTheSenderKeepsWhatFails(t *testing.T) {
	b := newTestDelivery(t)
	b.keeper = keptBySender
	b.api.Script(fakeapi.KnownAgents, fakeapi.Step{Status: 500})
	require.Error(t, b.push(t.Context(), newBatch(3)))
	require.NoError(t, b.shutdown(t.Context()))
	assert.Zero(t, b.dropped(t, dropGivenUp))
}

func TestAConnectionThatBreaksIsTriedAgain(t *testing.T) {
	b := newTestDelivery(t)
	b.client.http.Transport = failing{errors.New("connection reset")}
	err := b.push(t.Context(), newBatch(1))
	require.EqualError(t, err, "POST http://127.0.0.1:1/visits: connection reset")
}

type failing struct{ err error }

func (f failing) RoundTrip(*http.Request) (*http.Response, error) { return nil, f.err }

func TestTheOldestVisitsAgeSurvivesMergingCuttingAndStorage(t *testing.T) {
	older, newer := newBatch(3), newBatch(3)
	older.since, newer.since = 1_000, 2_000
	parts, err := newer.MergeSplit(t.Context(), 4, exporterhelper.RequestSizerTypeItems, older)
	require.NoError(t, err)
	require.Len(t, parts, 2)

	encoding := batchEncoding{destination: knownAgents(&KnownAgentsConfig{})}
	for _, part := range parts {
		stored, err := encoding.Marshal(t.Context(), part)
		require.NoError(t, err)
		_, read, err := encoding.Unmarshal(stored)
		require.NoError(t, err)
		assert.EqualValues(t, 1_000, read.(*batch).since)
	}
}

func TestAPauseThatBeginsInTheLastTryHoldsNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newTestDelivery(t)
		b.api.Script(fakeapi.KnownAgents, fakeapi.Step{Status: 500, Times: 3}, fakeapi.Step{Status: 429, RetryAfter: "900", Times: fakeapi.Forever})
		for range 3 {
			require.Error(t, b.push(t.Context(), newBatch(1)))
		}
		begun := time.Now()
		b.beginShutdown()
		require.NoError(t, b.shutdown(t.Context()))
		assert.Equal(t, begun, time.Now())
		assert.EqualValues(t, 3, b.dropped(t, dropGivenUp))
	})
}

func TestNothingIsSentOnceTheTimeForTheEndIsOver(t *testing.T) {
	b := newTestDelivery(t)
	b.api.Script(fakeapi.KnownAgents, fakeapi.Step{Status: 500, Times: 3})
	for range 3 {
		require.Error(t, b.push(t.Context(), newBatch(1)))
	}
	b.stop(errStopped)
	late := newBatch(2)
	err := b.push(t.Context(), late)
	require.ErrorIs(t, err, errStopped)
	assert.Equal(t, 2, late.OnError(err).ItemsCount())
	require.NoError(t, b.shutdown(t.Context()))
	assert.Len(t, b.api.Requests(fakeapi.KnownAgents), 3, "what is sent now might arrive and be counted as dropped")
	assert.EqualValues(t, 5, b.dropped(t, dropGivenUp))
}

func TestNoStatusIsReportedOnceShutdownHasBegun(t *testing.T) {
	b := newTestDelivery(t)
	b.beginShutdown()
	b.api.Script(fakeapi.KnownAgents, fakeapi.Step{Status: 401})
	require.Error(t, b.push(t.Context(), newBatch(1)))
	assert.Empty(t, b.host.statuses())
	assert.Equal(t, 1, b.logs.FilterMessageSnippet("cannot be delivered").Len())
}
