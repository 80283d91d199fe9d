// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import (
	"context"
	"net/http"
	"testing"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/config/configauth"
	"go.opentelemetry.io/collector/config/configoptional"
	"go.opentelemetry.io/collector/extension/xextension/storage"
	"go.opentelemetry.io/collector/pipeline"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fakeapi"
	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
)

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

// directRig is an exporter that talks to api without a network, with its queue on
// the disk if there is one.
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

func asItIs(*Config) {}
