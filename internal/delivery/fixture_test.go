// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package delivery

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/config/confighttp"
	"go.opentelemetry.io/collector/config/configoptional"
	"go.opentelemetry.io/collector/config/configretry"
	"go.opentelemetry.io/collector/exporter/exporterhelper"
	"go.opentelemetry.io/collector/exporter/exportertest"
	"go.opentelemetry.io/collector/pipeline"

	"github.com/agentvisits/agentvisitsexporter/internal/destination"
	"github.com/agentvisits/agentvisitsexporter/internal/dev/fakeapi"
	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
	"github.com/agentvisits/agentvisitsexporter/internal/metadata"
	"github.com/agentvisits/agentvisitsexporter/internal/queue"
	"github.com/agentvisits/agentvisitsexporter/internal/telemetry"
	"github.com/agentvisits/agentvisitsexporter/internal/visit"
)

// testDelivery is a delivery to a stand-in of the API, with all that can be seen of
// it.
type testDelivery struct {
	*Delivery
	api       *fakeapi.API
	host      *fixture.StatusHost
	logs      *observer.ObservedLogs
	telemetry *componenttest.Telemetry
	requests  atomic.Int64 // that object has seen
}

func newTestDelivery(t *testing.T) *testDelivery {
	t.Helper()
	core, logs := observer.New(zap.InfoLevel)
	d := &testDelivery{
		api:       fakeapi.New(fakeapi.Settings{}),
		host:      &fixture.StatusHost{Host: componenttest.NewNopHost()},
		logs:      logs,
		telemetry: componenttest.NewTelemetry(),
	}
	set := exportertest.NewNopSettings(metadata.Type)
	set.TelemetrySettings = d.telemetry.NewTelemetrySettings()
	set.Logger = zap.New(core)
	to := destination.KnownAgents(&destination.KnownAgentsConfig{AccessToken: fixture.Token}, nil, nil)
	counters, err := telemetry.New(set, pipeline.SignalTraces, to.Name)
	require.NoError(t, err)
	with := Settings{
		Client:      confighttp.NewDefaultClientConfig(),
		Retry:       configretry.NewDefaultBackOffConfig(),
		Queue:       configoptional.Some(exporterhelper.NewDefaultQueueConfig()),
		Destination: to,
		Memory:      queue.NewDiskMemory(&to.Framing),
		Counters:    counters,
		Dispatchers: NewDispatchers(),
		Exporter:    set,
	}
	with.Client.Endpoint, with.Client.Timeout = "http://127.0.0.1:1", 30*time.Second
	with.Retry.MaxElapsedTime = 0
	d.Delivery = New(with)
	require.NoError(t, d.Start(t.Context(), d.host))
	d.client.http.Transport = fixture.InProcess{Handler: d.api}
	t.Cleanup(func() { assert.NoError(t, d.Shutdown(context.Background())) })
	return d
}

// dropped is how many visits were dropped for the reason.
func (d *testDelivery) dropped(t *testing.T, reason telemetry.DropReason) int64 {
	t.Helper()
	return fixture.Sum(t, d.telemetry, fixture.ExporterMetric("dropped"), "reason", telemetry.DropReasons[reason])
}

// newBatch is a batch of visits to /0, /1, ...; those at the given places go to
// /poison/0, ...
func newBatch(n int, poison ...int) *queue.Batch {
	return batchOf(n, func(i int) string {
		if slices.Contains(poison, i) {
			return fmt.Sprintf("/poison/%d", i)
		}
		return fmt.Sprintf("/%d", i)
	})
}

func batchNamed(k, n int, poison bool) *queue.Batch {
	return batchOf(n, func(i int) string {
		if poison && i == n/3 {
			return fmt.Sprintf("/poison/%d-%d", k, i)
		}
		return fmt.Sprintf("/%d-%d", k, i)
	})
}

// batchOf is a batch of visits with these paths.
func batchOf(n int, pathOf func(int) string) *queue.Batch {
	to := destination.KnownAgents(&destination.KnownAgentsConfig{}, nil, nil)
	f := to.Framing
	var lines []byte
	var text [visit.FieldCount]string
	for i := range n {
		e := to.Encode(lines, &visit.Visit{
			Start: time.Date(2026, 5, 4, 9, 15, 2, 0, time.UTC).UnixNano(), Method: "GET", Path: pathOf(i), Duration: visit.UnknownDuration, Text: &text, Present: &visit.FieldSet{},
		})
		lines = append(e.Bytes, f.Separator...)
	}
	return queue.NewDiskMemory(&f).Put([]queue.Share{{Lines: lines, Count: n}}, 0)
}

func (d *testDelivery) poison() {
	d.api.RejectVisits(fakeapi.KnownAgents, func(v fakeapi.Visit) bool {
		return strings.HasPrefix(v.KnownAgents.RequestPath, "/poison")
	})
}

// objection is how something before the API answers to a body that it does not like.
type objection func(*http.Request) (*http.Response, error)

func withStatus(status int, header ...string) objection {
	return func(*http.Request) (*http.Response, error) {
		w := httptest.NewRecorder()
		for i := 0; i < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(status)
		return w.Result(), nil
	}
}

// withPage is the sign-in page of a portal.
func withPage(*http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	w.Header().Set("Content-Type", "text/html")
	_, err := w.WriteString("<!doctype html><title>Sign in</title>")
	return w.Result(), err
}

func withReset(*http.Request) (*http.Response, error) { return nil, errors.New("connection reset") }

func withSilence(r *http.Request) (*http.Response, error) {
	<-r.Context().Done()
	return nil, r.Context().Err()
}

// object has something before the API object to each body that holds poison.
func (d *testDelivery) object(o objection) {
	inner := d.client.http.Transport
	d.client.http.Transport = transport(func(r *http.Request) (*http.Response, error) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		d.requests.Add(1)
		if bytes.Contains(body, []byte("/poison")) {
			return o(r)
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		return inner.RoundTrip(r)
	})
}

type transport func(*http.Request) (*http.Response, error)

func (t transport) RoundTrip(r *http.Request) (*http.Response, error) { return t(r) }

// arrived are the paths that the API has stored.
func (d *testDelivery) arrived() []string {
	var paths []string
	for _, v := range d.api.KnownAgentsVisits() {
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
