// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package delivery

import (
	"context"
	"fmt"
	"slices"
	"strings"
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
		Breakers:    NewBreakers(),
		Exporter:    set,
	}
	with.Client.Endpoint = "http://127.0.0.1:1"
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
	to := destination.KnownAgents(&destination.KnownAgentsConfig{}, nil, nil)
	f := to.Framing
	var lines []byte
	var text [visit.FieldCount]string
	for i := range n {
		path := fmt.Sprintf("/%d", i)
		if slices.Contains(poison, i) {
			path = "/poison" + path
		}
		e := to.Encode(lines, &visit.Visit{
			Start: time.Date(2026, 5, 4, 9, 15, 2, 0, time.UTC).UnixNano(), Method: "GET", Path: path, Duration: visit.UnknownDuration, Text: &text, Present: &visit.FieldSet{},
		})
		lines = append(e.Bytes, f.Separator...)
	}
	return queue.NewDiskMemory(&f).Put(lines, n, 0)
}

// unsentOf is what the retry sender comes back with after the request has failed.
func unsentOf(request queue.Request, err error) queue.Request {
	return request.(interface{ OnError(error) queue.Request }).OnError(err)
}

func (d *testDelivery) poison() {
	d.api.RejectVisits(fakeapi.KnownAgents, func(v fakeapi.Visit) bool {
		return strings.HasPrefix(v.KnownAgents.RequestPath, "/poison")
	})
}

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
