// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/exporter"
	"go.opentelemetry.io/collector/exporter/exportertest"
	"go.opentelemetry.io/collector/extension/xextension/storage"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fakeapi"
	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
	"github.com/agentvisits/agentvisitsexporter/internal/dev/translation"
	"github.com/agentvisits/agentvisitsexporter/internal/metadata"
	"github.com/agentvisits/agentvisitsexporter/internal/translate"
)

// witness is a storage that remembers everything that was ever written to it. Each
// queue has a disk of its own.
type witness struct {
	component.StartFunc
	component.ShutdownFunc
	mu  sync.Mutex
	all bytes.Buffer
}

func (w *witness) GetClient(context.Context, component.Kind, component.ID, string) (storage.Client, error) {
	return witnessClient{fixture.DiskClient{Disk: &fixture.Disk{Kept: map[string][]byte{}}}, w}, nil
}

type witnessClient struct {
	fixture.DiskClient
	witness *witness
}

func (c witnessClient) Set(ctx context.Context, key string, value []byte) error {
	return c.Batch(ctx, storage.SetOperation(key, value))
}

func (c witnessClient) Batch(ctx context.Context, operations ...*storage.Operation) error {
	c.witness.mu.Lock()
	for _, o := range operations {
		if o.Type == storage.Set {
			c.witness.all.Write(o.Value)
		}
	}
	c.witness.mu.Unlock()
	return c.DiskClient.Batch(ctx, operations...)
}

type witnessHost struct {
	fixture.StatusHost
	disk *witness
}

func (h *witnessHost) GetExtensions() map[component.ID]component.Component {
	return map[component.ID]component.Component{fixture.DiskID: h.disk}
}

// requireNoCanary looks for the canary and the exporter's secrets, in the clear and
// in the usual encodings.
func requireNoCanary(t *testing.T, where string, text []byte) {
	t.Helper()
	for _, form := range []string{
		fixture.Canary, url.QueryEscape(fixture.Canary), hex.EncodeToString([]byte(fixture.Canary)), base64.RawStdEncoding.EncodeToString([]byte(fixture.Canary))[:14],
		fixture.Token, fixture.Key,
	} {
		if i := bytes.Index(bytes.ToLower(text), []byte(strings.ToLower(form))); i >= 0 {
			require.Failf(t, "a secret left", "%s holds %q: ...%s...", where, form, text[max(i-300, 0):min(i+len(form)+60, len(text))])
		}
	}
}

// TestNoSecretLeaves delivers thousands of requests to both APIs, each with the
// canary in some hundred places. The queue is on disk, and the APIs fail in all ways
// and quote what they were sent.
func TestNoSecretLeaves(t *testing.T) {
	for to, configure := range map[fakeapi.Destination]func(string) *Config{fakeapi.KnownAgents: knownAgentsConfig, fakeapi.Scrunch: scrunchConfig} {
		api := fixture.Listen(t)
		failInAllWays(api, to)
		o := newWatched(t, configure(api.URL()))
		const requests, perPayload = 600, 100
		visits := 0
		for i := 0; i < requests; i += perPayload {
			td, ld := leakyTraces(i, i+perPayload), leakyLogs(i, i+perPayload)
			spans, records := translation.Traces(translate.Config{}, fixture.Arrival, td), translation.Logs(translate.Config{}, fixture.Arrival, ld)
			if to == fakeapi.KnownAgents {
				visits += len(spans.KnownAgents) + len(records.KnownAgents)
			} else {
				visits += len(spans.Scrunch) + len(records.Scrunch)
			}
			require.NoError(t, o.traces.ConsumeTraces(t.Context(), td))
			require.NoError(t, o.logs.ConsumeLogs(t.Context(), ld))
		}
		assert.Greater(t, visits, 2*requests*8/10, "nearly all are visits")
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		require.NoError(t, api.WaitVisits(ctx, to, visits), "%s", &o.log)
		require.NoError(t, o.traces.Shutdown(t.Context()))
		require.NoError(t, o.logs.Shutdown(t.Context()))

		for _, v := range api.Visits(to) {
			requireNoCanary(t, "a visit", v.Raw)
		}
		for _, r := range api.Requests(to) {
			requireNoCanary(t, "a request's URL", []byte(r.Path))
			assert.NotContains(t, fmt.Sprint(r.Header), fixture.Canary)
		}
		o.requireNoCanary(t)
	}
}

// failInAllWays makes the API quote what it was sent.
func failInAllWays(api *fakeapi.Server, to fakeapi.Destination) {
	api.Script(to, fakeapi.Step{})
	for _, status := range []int{http.StatusBadGateway, http.StatusTooManyRequests, http.StatusRequestEntityTooLarge, http.StatusUnprocessableEntity} {
		api.Script(to, fakeapi.Step{Status: status, Body: "rejected: " + fixture.Canary + " request_path url", RetryAfter: "1", Header: http.Header{"X-Echo": {fixture.Canary}}})
	}
	api.Script(to, fakeapi.Step{Reset: true})
}

// watched is an exporter whose disk, log, spans, metrics and statuses are recorded.
type watched struct {
	traces    exporter.Traces
	logs      exporter.Logs
	log       bytes.Buffer
	telemetry *componenttest.Telemetry
	host      *witnessHost
}

func newWatched(t *testing.T, cfg *Config) *watched {
	t.Helper()
	o := &watched{telemetry: componenttest.NewTelemetry()}
	set := exportertest.NewNopSettings(metadata.Type)
	set.TelemetrySettings = o.telemetry.NewTelemetrySettings()
	set.Logger = zap.New(zapcore.NewCore(zapcore.NewJSONEncoder(zap.NewProductionEncoderConfig()), zapcore.Lock(zapcore.AddSync(&o.log)), zap.DebugLevel))
	cfg.RetryConfig.InitialInterval, cfg.RetryConfig.MaxInterval = 100*time.Millisecond, 100*time.Millisecond
	cfg.QueueConfig.Get().StorageID = &fixture.DiskID
	factory := NewFactory()
	var err error
	o.traces, err = factory.CreateTraces(t.Context(), set, cfg)
	require.NoError(t, err)
	o.logs, err = factory.CreateLogs(t.Context(), set, cfg)
	require.NoError(t, err)
	o.host = &witnessHost{StatusHost: fixture.StatusHost{Host: componenttest.NewNopHost()}, disk: &witness{}}
	require.NoError(t, o.traces.Start(t.Context(), o.host))
	require.NoError(t, o.logs.Start(t.Context(), o.host))
	return o
}

func (o *watched) requireNoCanary(t *testing.T) {
	t.Helper()
	assert.NotEmpty(t, o.host.disk.all.Bytes())
	requireNoCanary(t, "the queue on disk", o.host.disk.all.Bytes())
	assert.NotEmpty(t, o.log.Bytes())
	requireNoCanary(t, "the log", o.log.Bytes())
	for _, event := range o.host.Events {
		requireNoCanary(t, "a status", []byte(fmt.Sprint(event.Err())))
	}
	spans := o.telemetry.SpanRecorder.Ended()
	assert.NotEmpty(t, spans)
	for _, span := range spans {
		requireNoCanary(t, "a span of our own", fmt.Append(nil, span.Name(), span.Attributes(), span.Events(), span.Status()))
	}
	requireNoCanary(t, "the metrics", allMetrics(t, o.telemetry))
}

// allMetrics are all names, attributes and values of the metrics.
func allMetrics(t *testing.T, telemetry *componenttest.Telemetry) []byte {
	t.Helper()
	var metrics metricdata.ResourceMetrics
	require.NoError(t, telemetry.Reader.Collect(t.Context(), &metrics))
	text, err := json.Marshal(metrics.ScopeMetrics)
	require.NoError(t, err)
	assert.Contains(t, string(text), "agent_visits")
	return text
}
