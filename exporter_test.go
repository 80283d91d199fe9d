// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/exporter/exportertest"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/agentvisits/agentvisitsexporter/internal/fakeapi"
	"github.com/agentvisits/agentvisitsexporter/internal/metadata"
)

const (
	testToken  = "test-token"
	testSiteID = "01ARZ3NDEKTSV4RRFFQ69G5FAV"
	testKey    = "test-key"
)

// listen starts the stand-in of both APIs for one test.
func listen(t *testing.T) *fakeapi.Server {
	t.Helper()
	api, err := fakeapi.Listen("127.0.0.1:0", fakeapi.Settings{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, api.Close()) })
	return api
}

func knownAgentsConfig(endpoint string) *Config {
	cfg := createDefaultConfig().(*Config)
	cfg.Endpoint = endpoint
	cfg.KnownAgents = &KnownAgentsConfig{AccessToken: testToken}
	return cfg
}

func scrunchConfig(endpoint string) *Config {
	cfg := createDefaultConfig().(*Config)
	cfg.Endpoint = endpoint
	cfg.Scrunch = &ScrunchConfig{SiteID: testSiteID, APIKey: testKey}
	return cfg
}

// serverSpan adds a span as otelhttp writes it.
func serverSpan(to ptrace.SpanSlice, path string) ptrace.Span {
	span := to.AppendEmpty()
	span.SetKind(ptrace.SpanKindServer)
	start := time.Date(2026, 5, 4, 9, 15, 2, 120e6, time.UTC)
	span.SetStartTimestamp(pcommon.NewTimestampFromTime(start))
	span.SetEndTimestamp(pcommon.NewTimestampFromTime(start.Add(38 * time.Millisecond)))
	attributes := span.Attributes()
	attributes.PutStr("http.request.method", "GET")
	attributes.PutStr("url.scheme", "https")
	attributes.PutStr("url.path", path)
	attributes.PutStr("server.address", "www.example.com")
	attributes.PutStr("client.address", "192.0.2.10")
	attributes.PutStr("user_agent.original", "ExampleBot/1.0")
	attributes.PutInt("http.response.status_code", 200)
	return span
}

func newTraces(paths ...string) ptrace.Traces {
	td := ptrace.NewTraces()
	spans := td.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty().Spans()
	for _, path := range paths {
		serverSpan(spans, path)
	}
	return td
}

func TestSpansArriveAtBothDestinations(t *testing.T) {
	api := listen(t)
	for _, cfg := range []*Config{knownAgentsConfig(api.URL()), scrunchConfig(api.URL())} {
		exporter, err := NewFactory().CreateTraces(context.Background(), exportertest.NewNopSettings(metadata.Type), cfg)
		require.NoError(t, err)
		require.NoError(t, exporter.Start(context.Background(), componenttest.NewNopHost()))
		require.NoError(t, exporter.ConsumeTraces(context.Background(), newTraces("/a", "/b")))
		require.NoError(t, exporter.Shutdown(context.Background()))
	}
	require.Len(t, api.KnownAgentsVisits(), 2)
	assert.Equal(t, "/a", api.KnownAgentsVisits()[0].RequestPath)
	require.Len(t, api.ScrunchVisits(), 2)
	assert.Equal(t, "https://www.example.com/b", api.ScrunchVisits()[1].URL)
}
