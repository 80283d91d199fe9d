// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/collector"
	"github.com/agentvisits/agentvisitsexporter/internal/dev/fakeapi"
)

// gateways are the processes of examples/gateway: a balancer and two gateways behind it.
type gateways struct {
	both     [2]*rig
	balancer *rig // its process is another program
}

// newGateways starts all. The gateways deliver to the API of the first.
func newGateways(t *testing.T) *gateways {
	t.Helper()
	binary := program(t, filepath.Join("..", "bin", "live", "balancer", "balancer"))
	g := &gateways{balancer: newRig(t, fakeapi.Settings{})}
	g.balancer.configs = []string{filepath.Join("..", "examples", "gateway", "balancer.yaml")}
	for i := range g.both {
		r := newRig(t, fakeapi.Settings{}, "storage.yaml")
		if i > 0 {
			for _, name := range []string{"E2E_KNOWN_AGENTS_ENDPOINT", "E2E_SCRUNCH_ENDPOINT"} {
				r.env[name] = g.both[0].env[name]
			}
		}
		r.start()
		g.both[i] = r
		g.balancer.env["GATEWAY_"+strconv.Itoa(i+1)] = "127.0.0.1:" + r.env["E2E_GRPC_PORT"]
	}
	g.balancer.startOther(binary)
	return g
}

// startOther runs a program whose configuration is a recipe.
func (r *rig) startOther(binary string) {
	r.t.Helper()
	local := func(port string) string { return "127.0.0.1:" + r.env[port] }
	env := []string{"OTLP_GRPC=" + local("E2E_GRPC_PORT"), "OTLP_HTTP=" + local("E2E_HTTP_PORT"), "HEALTH=" + local("E2E_HEALTH_PORT")}
	for name, value := range r.env {
		env = append(env, name+"="+value)
	}
	process, err := collector.Start(r.ctx, collector.Settings{
		Binary: binary, Configs: r.configs, Env: env, Log: r.log, HealthURL: "http://" + local("E2E_HEALTH_PORT"),
	})
	require.NoError(r.t, err)
	r.process = process
}

// hopOffset is between the number of a request and that of its inner hop.
const hopOffset = 500_000

// chained are the spans of requests that pass an edge and an application, which send
// them each by itself.
func chained(requests []request, from int) (edges, apps ptrace.Traces) {
	edges, apps = ptrace.NewTraces(), ptrace.NewTraces()
	spans := func(td ptrace.Traces, service string) ptrace.SpanSlice {
		rs := td.ResourceSpans().AppendEmpty()
		rs.Resource().Attributes().PutStr("service.name", service)
		return rs.ScopeSpans().AppendEmpty().Spans()
	}
	w := &spanWriter{payload: payloads.Add(1)}
	outer, inner := spans(edges, "edge"), spans(apps, "app")
	for i, r := range requests {
		w.to = outer
		edge := w.server(r, true)
		w.to = inner
		putCurrent(w.child(edge, "GET", ptrace.SpanKindServer).Attributes(), newRequest(hopOffset+from+i))
	}
	return edges, apps
}

// numbers counts the visits that arrived, by the number of their request.
func numbers(t *testing.T, api *fakeapi.Server) map[int]int {
	t.Helper()
	all := map[int]int{}
	for _, v := range api.KnownAgentsVisits() {
		_, rest, found := strings.Cut(v.RequestPath, "visit=")
		require.True(t, found, v.RequestPath)
		n, err := strconv.Atoi(rest[:6])
		require.NoError(t, err)
		all[n]++
	}
	return all
}

// haveCome is an error until a visit of each request has come.
func haveCome(t *testing.T, api *fakeapi.Server, requests int) error {
	t.Helper()
	got := numbers(t, api)
	for n := range requests {
		if got[n] == 0 {
			return fmt.Errorf("the visit of request %d has not come", n)
		}
	}
	return nil
}

// TestLiveGatewaysBehindABalancerLoseNoVisitWhenOneIsKilled: what has waited in the gateway
// that is killed is on its disk, and hops among it count.
func TestLiveGatewaysBehindABalancerLoseNoVisitWhenOneIsKilled(t *testing.T) {
	g := newGateways(t)
	api := g.both[0].api
	const rounds, each, killed = 20, 10, 10
	over := g.balancer.connect()
	var late ptrace.Traces
	for round := range rounds {
		edges, apps := chained(newRequests(round*each, (round+1)*each), round*each)
		g.balancer.sendTraces(over, apps)
		if round > 0 {
			g.balancer.sendTraces(over, late)
		}
		switch round {
		case killed:
			g.both[1].kill()
		case killed + 2:
			g.both[1].start()
		}
		late = edges
	}
	g.balancer.sendTraces(over, late)
	g.balancer.eventually(func() error { return haveCome(t, api, rounds*each) })
	for _, r := range []*rig{g.balancer, g.both[0], g.both[1]} {
		r.stop()
	}

	got, hops := numbers(t, api), 0
	for n := range rounds * each {
		assert.GreaterOrEqual(t, got[n], 1, "request %d", n)
		hops += got[hopOffset+n]
		if n/each > killed+2 {
			assert.Zero(t, got[hopOffset+n], "the hop of request %d", n)
		}
	}
	t.Logf("%d requests, %d visits, of which %d are hops that had waited in the gateway that was killed", rounds*each, len(got), hops)
}

func TestLiveTracesThatAreGroupedMakeOneVisitOfEachRequest(t *testing.T) {
	r := newRig(t, fakeapi.Settings{})
	r.configs = []string{filepath.Join("..", "examples", "gateway", "grouped.yaml")}
	r.env["KNOWN_AGENTS_ENDPOINT"], r.env["KNOWN_AGENTS_ACCESS_TOKEN"], r.env["GROUP_WAIT"] = r.api.URL(), accessToken, "2s"
	r.startOther(program(t, filepath.Join("..", "bin", "live", "balancer", "balancer")))
	edges, apps := chained(newRequests(0, 100), 0)
	over := r.connect()
	r.sendTraces(over, apps)
	r.sendTraces(over, edges)
	r.eventually(func() error { return haveCome(t, r.api, 100) })
	r.stop()
	assert.Len(t, numbers(t, r.api), 100)
}
