// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import (
	"context"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/config/configauth"
	"go.opentelemetry.io/collector/config/configoptional"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/exporter"
	"go.opentelemetry.io/collector/exporter/exporterhelper"
	"go.opentelemetry.io/collector/exporter/exportertest"
	"go.opentelemetry.io/collector/extension/xextension/storage"
	"go.opentelemetry.io/collector/pipeline"

	"github.com/agentvisits/agentvisitsexporter/internal/destination"
	"github.com/agentvisits/agentvisitsexporter/internal/dev/fakeapi"
	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
	"github.com/agentvisits/agentvisitsexporter/internal/metadata"
)

// knownAgentsConfig is the least configuration that delivers to Known Agents.
func knownAgentsConfig(endpoint string) *Config {
	cfg := createDefaultConfig().(*Config)
	cfg.ClientConfig.Endpoint = endpoint
	cfg.KnownAgents = &destination.KnownAgentsConfig{AccessToken: fixture.Token}
	return cfg
}

// scrunchConfig is the least configuration that delivers to Scrunch.
func scrunchConfig(endpoint string) *Config {
	cfg := createDefaultConfig().(*Config)
	cfg.ClientConfig.Endpoint = endpoint
	cfg.Scrunch = &destination.ScrunchConfig{SiteID: fixture.SiteID, APIKey: fixture.Key}
	return cfg
}

// rig is an exporter of both signals as the Collector would make it.
type rig struct {
	traces    exporter.Traces
	logs      exporter.Logs
	telemetry *componenttest.Telemetry
	observed  *observer.ObservedLogs
	host      component.Host
}

func newRig(t *testing.T, cfg *Config, host component.Host) *rig {
	t.Helper()
	core, observed := observer.New(zap.InfoLevel)
	r := &rig{telemetry: componenttest.NewTelemetry(), observed: observed, host: host}
	set := exportertest.NewNopSettings(metadata.Type)
	set.TelemetrySettings = r.telemetry.NewTelemetrySettings()
	set.Logger = zap.New(core)
	require.NoError(t, confmap.Validate(cfg))
	factory := NewFactory()
	var err error
	r.traces, err = factory.CreateTraces(t.Context(), set, cfg)
	require.NoError(t, err)
	r.logs, err = factory.CreateLogs(t.Context(), set, cfg)
	require.NoError(t, err)
	require.NoError(t, r.traces.Start(t.Context(), host))
	require.NoError(t, r.logs.Start(t.Context(), host))
	return r
}

func (r *rig) shutdown(t *testing.T) {
	t.Helper()
	require.NoError(t, r.traces.Shutdown(context.Background()))
	require.NoError(t, r.logs.Shutdown(context.Background()))
	require.NoError(t, r.telemetry.Shutdown(context.Background()))
}

// sum adds up a counter's points that have the attribute's value.
func (r *rig) sum(t *testing.T, metric, key, value string) int64 {
	t.Helper()
	return fixture.Sum(t, r.telemetry, metric, key, value)
}

// directHost is a Collector with a disk, and with an authentication extension
// that brings requests to a handler without a network.
type directHost struct {
	fixture.StatusHost
	disk    *fixture.Disk
	handler http.Handler
}

var directID = component.MustNewID("direct")

func (h *directHost) GetExtensions() map[component.ID]component.Component {
	return map[component.ID]component.Component{fixture.DiskID: tracesDisk{h.disk}, directID: directAuth{handler: h.handler}}
}

// tracesDisk keeps the queue of traces. That of logs gets a disk of its own.
type tracesDisk struct{ *fixture.Disk }

func (d tracesDisk) GetClient(ctx context.Context, kind component.Kind, id component.ID, name string) (storage.Client, error) {
	if name != pipeline.SignalTraces.String() {
		return fixture.NewDisk(map[string][]byte{}).GetClient(ctx, kind, id, name)
	}
	return d.Disk.GetClient(ctx, kind, id, name)
}

type directAuth struct {
	component.StartFunc
	component.ShutdownFunc
	handler http.Handler
}

// RoundTripper is how an authentication extension gets hold of requests.
func (a directAuth) RoundTripper(http.RoundTripper) (http.RoundTripper, error) {
	return fixture.RoundTripper(func(r *http.Request) (*http.Response, error) {
		r.Header.Set("Authorization", "Bearer "+fixture.Token)
		return fixture.InProcess{Handler: a.handler}.RoundTrip(r)
	}), nil
}

// directRig is an exporter that talks to the API without a network, so that it can
// run in a synctest bubble. Its queue is on the disk if there is one.
func directRig(t *testing.T, api *fakeapi.API, disk *fixture.Disk, change func(*Config)) *rig {
	t.Helper()
	cfg := knownAgentsConfig("http://127.0.0.1:1")
	cfg.KnownAgents.AccessToken = ""
	cfg.ClientConfig.Auth = configoptional.Some(configauth.Config{AuthenticatorID: directID})
	if disk != nil {
		cfg.QueueConfig.Get().StorageID = &fixture.DiskID
	}
	change(cfg)
	host := &directHost{fixture.StatusHost{Host: componenttest.NewNopHost()}, disk, api}
	return newRig(t, cfg, host)
}

// asItIs changes nothing of directRig's configuration.
func asItIs(*Config) {}

// queueOfRequests gives a configuration a queue of so few payloads, with one consumer, that are
// not merged.
func queueOfRequests(c *Config, size int64) {
	q := c.QueueConfig.Get()
	q.Sizer, q.QueueSize, q.NumConsumers = exporterhelper.RequestSizerTypeRequests, size, 1
	q.Batch = exporterhelper.NewDefaultQueueConfig().Batch
}
