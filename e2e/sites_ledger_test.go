// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"fmt"
	"net/url"
	"sync"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fakeapi"
)

// siteLedger knows the host of each request, and how often its visits arrived.
type siteLedger struct {
	mu      sync.Mutex
	hosts   map[string]string                      // by id
	arrived map[fakeapi.Destination]map[string]int // by id
	strays  []string                               // visits at another site than their own, or with another host
}

// requests returns n new requests for each of the hosts, by turns.
func (l *siteLedger) requests(n int, hosts ...string) []request {
	l.mu.Lock()
	defer l.mu.Unlock()
	var all []request
	for range n {
		for _, host := range hosts {
			r := newRequest(len(l.hosts))
			r.host = host
			l.hosts[r.id] = host
			all = append(all, r)
		}
	}
	return all
}

// arrive notes a visit that the stand-in has taken. It arrives at the site of its host.
func (l *siteLedger) arrive(v fakeapi.Visit) {
	var id, host, origin string
	if v.Destination == fakeapi.KnownAgents {
		id, host = idOf(v.KnownAgents.RequestPath), v.KnownAgents.RequestHeaders["host"]
		origin = host
	} else {
		id, host = idOf(v.Scrunch.URL), v.Scrunch.Domain
		if u, err := url.Parse(v.Scrunch.URL); err == nil {
			origin = u.Hostname()
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if own, isKnown := l.hosts[id]; !isKnown || v.Site != own || host != own || origin != own {
		l.strays = append(l.strays, fmt.Sprintf("%s: visit %s of %q, host %q, in a URL of %q, at %q", v.Destination, id, own, host, origin, v.Site))
	}
	l.arrived[v.Destination][id]++
}

// arrivals is how often a request's visit has arrived.
func (l *siteLedger) arrivals(at fakeapi.Destination, r request) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.arrived[at][r.id]
}

// missing are the requests whose visits have not arrived.
func (l *siteLedger) missing(at fakeapi.Destination, want []request) []request {
	l.mu.Lock()
	defer l.mu.Unlock()
	var missing []request
	for _, w := range want {
		if l.arrived[at][w.id] == 0 {
			missing = append(missing, w)
		}
	}
	return missing
}
