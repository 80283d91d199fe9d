// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
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
	destination := destinationOf(cfg)
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
	to := knownAgents(&KnownAgentsConfig{}, nil, nil)
	f := to.framing
	var lines []byte
	var text [fieldCount]string
	for i := range n {
		path := fmt.Sprintf("/%d", i)
		if slices.Contains(poison, i) {
			path = "/poison" + path
		}
		e := to.encode(lines, &visit{
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
