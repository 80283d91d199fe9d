// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"go.opentelemetry.io/collector/component/componenttest"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fakeapi"
	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
)

// vhostLines are lines of Apache's vhost_combined for each of the hosts. One without a
// name is in the combined format, and one with a claim has a target in absolute form.
func vhostLines(hosts ...string) []byte {
	var text strings.Builder
	for _, host := range hosts {
		served, claim, _ := strings.Cut(host, " claims ")
		if served != "" {
			served += " "
		}
		target := "/p"
		if claim != "" {
			target = "http://" + claim + "/p"
		}
		text.WriteString(served + `203.0.113.9 - - [04/May/2026:09:15:02 +0000] "GET ` + target + ` HTTP/1.1" 200 512 "-" "ExampleBot/1.0"` + "\n")
	}
	return []byte(text.String())
}

// deliverHosts exports what servers of the given hosts log, each host in a payload of its own,
// and twice, and returns what arrived.
func deliverHosts(t *testing.T, cfg func(string) *Config, to fakeapi.Destination, visits int, change func(*Config), hosts ...string) (*rig, []fakeapi.Visit) {
	t.Helper()
	api := fixture.Listen(t)
	c := cfg(api.URL())
	change(c)
	r := newRig(t, c, componenttest.NewNopHost())
	for range 2 {
		for _, host := range hosts {
			require.NoError(t, r.logs.ConsumeLogs(t.Context(), fixture.NewLines(fixture.Arrival, vhostLines(host))))
			td := fixture.NewTraces("/p")
			a := td.ResourceSpans().At(0).ScopeSpans().At(0).Spans().At(0).Attributes()
			a.Remove("server.address")
			served, claim, _ := strings.Cut(host, " claims ")
			a.PutStr("http.request.header.host", served)
			a.PutStr("http.request.header.x-forwarded-host", claim)
			require.NoError(t, r.traces.ConsumeTraces(t.Context(), td))
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	require.NoError(t, r.traces.Shutdown(ctx))
	require.NoError(t, r.logs.Shutdown(ctx))
	require.NoError(t, api.WaitVisits(ctx, to, visits))
	return r, api.Visits(to)
}

func TestAClientGetsTheVisitsOfItsVirtualHostAlone(t *testing.T) {
	r, visits := deliverHosts(t, knownAgentsConfig, fakeapi.KnownAgents, 8, func(c *Config) {
		c.Visits.Selection.Hosts.Include = []string{"shop.example", "*.shop.example"}
	}, "shop.example:443", "www.shop.example", "other.example", "cart.svc:8080")
	for _, v := range visits {
		assert.Contains(t, []string{"shop.example", "www.shop.example"}, v.KnownAgents.RequestHeaders["host"])
	}
	assert.EqualValues(t, 8, r.sum(t, "otelcol_exporter_agent_visits_skipped", "reason", "host_excluded"))
	assert.Zero(t, r.observed.FilterMessageSnippet("hosts").Len(), "there is nothing to warn of")
	require.NoError(t, r.telemetry.Shutdown(t.Context()))
}

func TestAVisitOfAnotherSiteIsNotRelabelled(t *testing.T) {
	r, visits := deliverHosts(t, scrunchConfig, fakeapi.Scrunch, 16, func(c *Config) { c.Scrunch.Domain = "shop.example" },
		"shop.example", "www.shop.example:443", "other.example", "", "web.internal claims canary.example", "another.example:8080")
	hosts := map[string]int{}
	for _, v := range visits {
		assert.Equal(t, "shop.example", v.Scrunch.Domain)
		host, _, _ := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(v.Scrunch.URL, "https://"), "http://"), "/")
		hosts[host]++
	}
	assert.Len(t, visits, 16)
	assert.Equal(t, map[string]int{"shop.example": 12, "www.shop.example": 4}, hosts)
	assert.EqualValues(t, 8, r.sum(t, "otelcol_exporter_agent_visits_skipped", "reason", "other_site"))
	assert.Equal(t, 2, r.observed.FilterMessageSnippet("skipped as other_site").Len(), "once for each signal")
	requireNoHostInLog(t, r, "other.example", "another.example", "canary.example")
	require.NoError(t, r.telemetry.Shutdown(t.Context()))
}

// requireNoHostInLog: a visitor may have chosen a host.
func requireNoHostInLog(t *testing.T, r *rig, hosts ...string) {
	t.Helper()
	for _, entry := range r.observed.All() {
		for _, host := range hosts {
			assert.NotContains(t, fmt.Sprint(entry.Message, entry.ContextMap()), host)
		}
	}
}

func TestCallsWithinAClusterAreWarnedOfOnce(t *testing.T) {
	const cart = "cart.shop.svc.cluster.local:8080"
	include := func(c *Config) { c.Visits.Selection.Hosts.Include = []string{"www.shop.example"} }
	for name, c := range map[string]struct {
		change func(*Config)
		hosts  []string
		want   int // warnings of both signals
	}{
		"among visits of the internet":           {asItIs, []string{cart, "www.shop.example"}, 2},
		"after visits of the internet":           {asItIs, []string{"www.shop.example", "www.shop.example", cart}, 2},
		"a service by its name alone":            {asItIs, []string{"www.shop.example", "cart:8080"}, 2},
		"not without visits of the internet":     {asItIs, []string{cart, "cart"}, 0},
		"not without calls":                      {asItIs, []string{"www.shop.example", "shop.example"}, 0},
		"not of addresses":                       {asItIs, []string{"www.shop.example", "10.0.0.7:8080", "localhost:8080"}, 0},
		"not of an unknown host":                 {asItIs, []string{"www.shop.example", ""}, 0},
		"not if a visitor claims the public one": {asItIs, []string{cart, "cart:80 claims www.shop.example"}, 0},
		"not if hosts are chosen":                {include, []string{cart, "www.shop.example"}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			r, _ := deliverHosts(t, knownAgentsConfig, fakeapi.KnownAgents, 1, c.change, c.hosts...)
			assert.Equal(t, c.want, r.observed.FilterMessageSnippet("a host of your own network alone").Len())
			requireNoHostInLog(t, r, "svc", "cart", "shop.example")
			require.NoError(t, r.telemetry.Shutdown(t.Context()))
		})
	}
}

func TestAnUnknownHostIsWarnedOfOnce(t *testing.T) {
	r, visits := deliverHosts(t, knownAgentsConfig, fakeapi.KnownAgents, 4, func(c *Config) {
		c.Visits.Selection.Hosts.Include = []string{"www.shop.example"}
	}, "www.shop.example", "", " claims canary.example", "other.example")
	assert.Len(t, visits, 4)
	assert.EqualValues(t, 12, r.sum(t, "otelcol_exporter_agent_visits_skipped", "reason", "host_excluded"))
	assert.Equal(t, 2, r.observed.FilterMessageSnippet("Requests whose host is not known are skipped").Len(), "once for each signal")
	requireNoHostInLog(t, r, "canary.example", "other.example")
	require.NoError(t, r.telemetry.Shutdown(t.Context()))
}
