// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package selection

import (
	"maps"
	"slices"
	"strings"

	"github.com/agentvisits/agentvisitsexporter/internal/address"
	"github.com/agentvisits/agentvisitsexporter/internal/ascii"
	"github.com/agentvisits/agentvisitsexporter/internal/visit"
)

// isProbe reports whether a request is a probe of a load balancer or an orchestrator,
// whoever sent it: its path, its user agent or the category of its log says so.
func isProbe(path, agent, category string) bool {
	if strings.HasSuffix(category, probeLog) || isOneOf(path, probePaths) {
		return true
	}
	if len(agent) < 2 || !probeAgentStarts.has(agent[0], agent[1]) {
		return false
	}
	for _, prefix := range probeAgents {
		if len(agent) >= len(prefix) && strings.EqualFold(agent[:len(prefix)], prefix) {
			return true
		}
	}
	return false
}

// IsOwnProbe reports whether a visit is a probe by its path and by who asked for it: a
// path that may also be a page of the site, and somebody in the server's own network. The
// visit's address is known, if there is one.
func (f *Filter) IsOwnProbe(v *visit.Visit) bool {
	return !f.healthChecks && isOneOf(v.Path, sharedProbePaths) && isOwn(v)
}

// isOwn reports whether a visit comes from the server's own network. The visitor's
// address decides. If it is withheld, that of the peer or the client does.
func isOwn(v *visit.Visit) bool {
	for _, text := range []string{v.ClientIP, v.Text[visit.PeerIP], v.Text[visit.ClientIP]} {
		if ip, isPublic := address.Best(text); ip != "" {
			return !isPublic
		}
	}
	return false
}

// isOneOf reports whether a path is one of a set, in any case. A slash may follow.
func isOneOf(path string, set map[string]bool) bool {
	if !probeStarts.hasPath(path) {
		return false
	}
	return set[strings.ToLower(strings.TrimSuffix(path, "/"))]
}

// probeLog ends the category of a log of probes, such as Azure's
// FrontDoorHealthProbeLog.
const probeLog = "HealthProbeLog"

// probePaths are paths that orchestrators and load balancers probe and no page has:
// those of Kubernetes, Prometheus, Spring Boot and others.
var probePaths = ascii.WordSet(`/healthz /livez /readyz /_health /_healthz /-/healthy /-/ready
	/actuator/health /actuator/health/liveness /actuator/health/readiness`)

// sharedProbePaths are paths that are probed, and that a site may have for its visitors
// as well: for a section on health, a live ticker.
var sharedProbePaths = ascii.WordSet(`/health /healthcheck /health-check /health/live /health/ready
	/live /liveness /ready /readiness /ping /up`)

// probeStarts are how both begin.
var probeStarts = newStarts(1, slices.Collect(maps.Keys(probePaths)), slices.Collect(maps.Keys(sharedProbePaths)))

// probeAgents start the user agents of probes, in any case.
var probeAgents = []string{
	"kube-probe/", "ELB-HealthChecker/", "GoogleHC/", "Amazon-Route53-Health-Check-Service", "Edge Health Probe",
	"Envoy/HC", "Consul Health Check", "HAProxy/", "Traefik/Health", "Load Balancer Agent",
}

// probeAgentStarts are how they begin.
var probeAgentStarts = newStarts(0, probeAgents)
