// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/config/configopaque"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/exporter/exporterhelper"
	"go.opentelemetry.io/collector/exporter/exportertest"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/pipeline"

	"github.com/agentvisits/agentvisitsexporter/internal/destination"
	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
	"github.com/agentvisits/agentvisitsexporter/internal/metadata"
	"github.com/agentvisits/agentvisitsexporter/internal/queue"
	"github.com/agentvisits/agentvisitsexporter/internal/sites"
	"github.com/agentvisits/agentvisitsexporter/internal/telemetry"
	"github.com/agentvisits/agentvisitsexporter/internal/visit"
	"github.com/agentvisits/agentvisitsexporter/internal/waiting"
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
	b := batchOf(in.fromTraces(t.Context(), tracesOfSites(100, 7)))
	require.Equal(t, 100, b.Count)
	parts := b.BySite()
	require.Len(t, parts, 7)
	for i, part := range parts {
		host := hostOfSite(i)
		assert.Equal(t, "known_agents/"+host, part.Site().Identity())
		assert.Equal(t, part.Count, strings.Count(bodyOf(part), `"host":"`+host+`"`))
		assert.Equal(t, part.Count, strings.Count(bodyOf(part), `"host":"`))
	}
}

func TestAVisitOfNoSiteIsSkippedAndItsHostNamed(t *testing.T) {
	in, logs := newSitesIntake(t, sitesConfig(1))
	b := batchOf(in.fromTraces(t.Context(), tracesOfSites(30, 3)))
	assert.Equal(t, 10, b.Count)
	explained := logs.FilterMessageSnippet("No site has the host").All()
	require.Len(t, explained, 1)
	assert.Equal(t, []any{"www.client1.example (1)"}, explained[0].ContextMap()["frequent_hosts"])
	assert.Equal(t, 1, logs.FilterMessageSnippet("skipped as no_site").Len())
}

// TestTheHostOfAVisitThatWaitedIsNamed: behind a load balancer that sends a traceparent all
// visits wait.
func TestTheHostOfAVisitThatWaitedIsNamed(t *testing.T) {
	in, logs := newSitesIntake(t, sitesConfig(1))
	bundle := in.begin()
	for range 2 {
		bundle.Add(waiting.Released{Visit: &visit.Visit{Served: hostOfSite(1), Host: hostOfSite(1)}})
	}
	assert.Nil(t, bundle.Batch(t.Context()))
	explained := logs.FilterMessageSnippet("No site has the host").All()
	require.Len(t, explained, 1)
	assert.Equal(t, map[string]any{"reason": "no_site", "frequent_hosts": []any{"www.client1.example (1)"}}, explained[0].ContextMap())
}

// TestNoServiceOfAClusterIsToBeLeftOutThatNoSiteHas: its visits are skipped already.
func TestNoServiceOfAClusterIsToBeLeftOutThatNoSiteHas(t *testing.T) {
	in, logs := newSitesIntake(t, sitesConfig(1))
	td := tracesOfSites(2, 1)
	spans := td.ResourceSpans().At(0).ScopeSpans().At(0).Spans()
	spans.At(1).Attributes().PutStr("server.address", "cart.shop.svc.cluster.local")
	b := batchOf(in.fromTraces(t.Context(), td))
	assert.Equal(t, 1, b.Count)
	assert.Equal(t, 1, logs.FilterMessageSnippet("skipped as no_site").Len())
	assert.Zero(t, logs.FilterMessageSnippet("visits::hosts::include").Len())
}

// TestWhileFilesChangeEachVisitIsOfASiteThatHadItsHost translates without a break while a
// host moves from one site to another and back.
func TestWhileFilesChangeEachVisitIsOfASiteThatHadItsHost(t *testing.T) {
	directory := t.TempDir()
	write := func(name, token string, hosts ...string) {
		text := fmt.Sprintf("hosts: [%s]\naccess_token: %s\nproject: %s\n", strings.Join(hosts, ", "), token, name)
		temporary := filepath.Join(directory, "."+name)
		assert.NoError(t, os.WriteFile(temporary, []byte(text), 0o600))
		assert.NoError(t, os.Rename(temporary, filepath.Join(directory, name+".yaml")))
	}
	write("a", "token-a", hostOfSite(0), hostOfSite(2))
	write("b", "token-b", hostOfSite(1))
	cfg := createDefaultConfig().(*Config)
	cfg.KnownAgents = &destination.KnownAgentsConfig{SitesDirectory: directory}
	in, logs := newSitesIntake(t, cfg)
	synctest.Test(t, func(t *testing.T) {
		in.sites.Start()
		var workers sync.WaitGroup
		var seen sync.Map
		for range 2 {
			workers.Go(func() {
				for range 20 {
					b := batchOf(in.fromTraces(t.Context(), tracesOfSites(60, 3)))
					for _, part := range b.BySite() {
						for host, hadBy := range map[string]string{hostOfSite(0): "a", hostOfSite(1): "b", hostOfSite(2): "a b"} {
							if strings.Contains(bodyOf(part), `"host":"`+host+`"`) {
								_, project, _ := strings.Cut(part.Site().Identity(), "/")
								assert.Contains(t, hadBy, project, host)
								seen.Store(project+host, true)
							}
						}
					}
					<-time.After(time.Second)
				}
			})
		}
		<-time.After(5 * time.Second)
		write("a", "token-a", hostOfSite(0))
		write("b", "token-b", hostOfSite(1), hostOfSite(2))
		workers.Wait()
		in.sites.Shutdown()
		for _, key := range []string{"a" + hostOfSite(0), "b" + hostOfSite(1), "a" + hostOfSite(2), "b" + hostOfSite(2)} {
			_, ok := seen.Load(key)
			assert.True(t, ok, key)
		}
	})
	assert.Equal(t, 2, logs.FilterMessage("A site was changed.").Len())
}

// bodyOf is the body of a batch's request.
func bodyOf(b *queue.Batch) string {
	var body strings.Builder
	for _, piece := range b.BodyParts() {
		body.Write(piece)
	}
	return body.String()
}

// TestBothSignalsShareTheirSites: each site has one handle, and one directory is read.
func TestBothSignalsShareTheirSites(t *testing.T) {
	cfg, f := sitesConfig(2), sites.NewRegistries()
	to := destinationOf(cfg)
	traces, err := sitesOf(cfg, to, f, zap.NewNop())
	require.NoError(t, err)
	logs, err := sitesOf(cfg, to, f, zap.NewNop())
	require.NoError(t, err)
	assert.Same(t, traces, logs)
	another, err := sitesOf(sitesConfig(2), to, f, zap.NewNop())
	require.NoError(t, err)
	assert.NotSame(t, traces, another)
	traces.Shutdown()
	logs.Shutdown()
	again, err := sitesOf(cfg, to, f, zap.NewNop())
	require.NoError(t, err)
	assert.NotSame(t, traces, again, "a configuration that is started again reads its files again")
}

func TestWithSitesBatchesAreLargeUnlessSet(t *testing.T) {
	for name, c := range map[string]struct {
		queue    map[string]any
		flush    time.Duration
		min, max int64
	}{
		"nothing is set":   {nil, 30 * time.Second, 8_000_000, 0},
		"a small queue":    {map[string]any{"queue_size": 4_000_000}, 30 * time.Second, 1_000_000, 0},
		"something is set": {map[string]any{"batch": map[string]any{"flush_timeout": "10s"}}, 10 * time.Second, defaultMinBatchBytes, defaultMaxBatchBytes},
	} {
		t.Run(name, func(t *testing.T) {
			given := map[string]any{"known_agents": map[string]any{"sites": []any{map[string]any{"hosts": []any{"a.example"}, "access_token": "token-1"}}}}
			if c.queue != nil {
				given["sending_queue"] = c.queue
			}
			cfg := createDefaultConfig().(*Config)
			require.NoError(t, confmap.NewFromStringMap(given).Unmarshal(cfg))
			require.NoError(t, confmap.Validate(cfg))
			batch := cfg.QueueConfig.Get().Batch.Get()
			assert.Equal(t, c.flush, batch.FlushTimeout)
			assert.Equal(t, c.min, batch.MinSize)
			assert.Equal(t, c.max, batch.MaxSize)
		})
	}
}

// TestSecretsOfSitesAreNeverPrinted prints a configuration as a log line or a debugging page
// could.
func TestSecretsOfSitesAreNeverPrinted(t *testing.T) {
	cfg := sitesConfig(1)
	cfg.KnownAgents.Sites[0].AccessToken = secretForTests
	cfg.Scrunch = &destination.ScrunchConfig{Sites: []destination.ScrunchSite{{Hosts: []string{"a.example"}, SiteID: fixture.SiteID, APIKey: secretForTests}}}
	for _, value := range []any{cfg, *cfg, cfg.KnownAgents, cfg.KnownAgents.Sites, cfg.KnownAgents.Sites[0], &cfg.KnownAgents.Sites[0], cfg.Scrunch.Sites, cfg.Scrunch.Sites[0]} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
			assert.NotContains(t, fmt.Sprintf(verb, value), secretForTests, "%s of %T", verb, value)
		}
		text, err := json.Marshal(value)
		require.NoError(t, err)
		assert.NotContains(t, string(text), secretForTests)
	}
	conf := confmap.New()
	require.NoError(t, conf.Marshal(cfg))
	assert.NotContains(t, fmt.Sprint(conf.ToStringMap()), secretForTests)
}

func TestSitesAreToldApartInMetricsUpToANumber(t *testing.T) {
	for name, c := range map[string]struct {
		sites, most int
		want        int64
	}{"by default": {2, defaultMaxSitesInMetrics, 2}, "too many": {3, 2, 0}, "never": {1, 0, 0}} {
		t.Run(name, func(t *testing.T) {
			cfg := sitesConfig(c.sites)
			cfg.MaxSitesInMetrics = c.most
			r := newRig(t, cfg, componenttest.NewNopHost())
			e := r.traces.(*tracesExporter)
			b := batchOf(e.intake.fromTraces(t.Context(), tracesOfSites(2*c.sites, c.sites)))
			e.memory.Refused(b)
			e.drop(t.Context(), b, exporterhelper.ErrQueueIsFull)
			for i := range c.sites {
				if c.want > 0 {
					assert.Equal(t, c.want, r.sum(t, fixture.ExporterMetric("by_site"), "site", hostOfSite(i)))
				}
			}
			if c.want == 0 {
				_, err := r.telemetry.GetMetric(fixture.ExporterMetric("by_site"))
				require.Error(t, err)
			}
			r.shutdown(t)
		})
	}
}
