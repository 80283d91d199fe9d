// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/config/configopaque"
	"go.opentelemetry.io/collector/exporter/exportertest"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/pipeline"

	"github.com/agentvisits/agentvisitsexporter/internal/destination"
	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
	"github.com/agentvisits/agentvisitsexporter/internal/metadata"
	"github.com/agentvisits/agentvisitsexporter/internal/queue"
	"github.com/agentvisits/agentvisitsexporter/internal/sites"
	"github.com/agentvisits/agentvisitsexporter/internal/telemetry"
)

// hostOfSite is the only host of a site of sitesConfig.
func hostOfSite(i int) string { return fmt.Sprintf("www.client%d.example", i) }

// sitesConfig has n sites.
func sitesConfig(n int) *Config {
	cfg := createDefaultConfig().(*Config)
	cfg.KnownAgents = &destination.KnownAgentsConfig{Sites: []destination.KnownAgentsSite{}}
	for i := range n {
		cfg.KnownAgents.Sites = append(cfg.KnownAgents.Sites, destination.KnownAgentsSite{
			Hosts: []string{hostOfSite(i)}, AccessToken: configopaque.String(fmt.Sprintf("token-%d", i)),
		})
	}
	return cfg
}

// tracesOfSites is a payload in which n sites take turns, as behind a proxy.
func tracesOfSites(spans, n int) ptrace.Traces {
	td := fixture.VisitTraces(spans)
	all := td.ResourceSpans().At(0).ScopeSpans().At(0).Spans()
	for i := range all.Len() {
		all.At(i).Attributes().PutStr("server.address", hostOfSite(i%n))
	}
	return td
}

// newSitesIntake is an intake of several sites, with what its log says.
func newSitesIntake(tb testing.TB, cfg *Config) (*intake, *observer.ObservedLogs) {
	tb.Helper()
	core, logs := observer.New(zap.DebugLevel)
	set := exportertest.NewNopSettings(metadata.Type)
	set.Logger = zap.New(core)
	meters := componenttest.NewTelemetry()
	tb.Cleanup(func() { require.NoError(tb, meters.Shutdown(context.Background())) })
	set.MeterProvider = meters.NewTelemetrySettings().MeterProvider
	to := destinationOf(cfg)
	counters, err := telemetry.New(set, pipeline.SignalTraces, to.Name)
	require.NoError(tb, err)
	known, err := sitesOf(cfg, to, sites.NewRegistries(), set.Logger)
	require.NoError(tb, err)
	return newIntake(cfg, to, known, queue.NewDiskMemory(&to.Framing), counters, set.Logger), logs
}

func TestEachVisitIsOfTheSiteOfItsHost(t *testing.T) {
	in, _ := newSitesIntake(t, sitesConfig(7))
	b, _ := in.fromTraces(t.Context(), tracesOfSites(100, 7))
	require.Equal(t, 100, b.Count)
	parts := b.BySite()
	require.Len(t, parts, 7)
	for i, part := range parts {
		host := hostOfSite(i)
		assert.Equal(t, "known_agents/"+host, part.Site().Identity())
		body := strings.Builder{}
		for _, piece := range part.BodyParts() {
			body.Write(piece)
		}
		assert.Equal(t, part.Count, strings.Count(body.String(), `"host":"`+host+`"`))
		assert.Equal(t, part.Count, strings.Count(body.String(), `"host":"`))
	}
}

func TestAVisitOfNoSiteIsSkippedAndItsHostNamed(t *testing.T) {
	in, logs := newSitesIntake(t, sitesConfig(1))
	b, _ := in.fromTraces(t.Context(), tracesOfSites(30, 3))
	assert.Equal(t, 10, b.Count)
	explained := logs.FilterMessageSnippet("No site has the host").All()
	require.Len(t, explained, 1)
	assert.Equal(t, []any{"www.client1.example (1)"}, explained[0].ContextMap()["frequent_hosts"])
	assert.Equal(t, 1, logs.FilterMessageSnippet("skipped as no_site").Len())
}
