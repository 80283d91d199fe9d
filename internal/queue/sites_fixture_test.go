// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package queue

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agentvisits/agentvisitsexporter/internal/destination"
	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
)

// knownSites are the sites of an exporter, by identity.
type knownSites map[string]*destination.Site

// Find implements Sites.
func (k knownSites) Find(identity string) *destination.Site { return k[identity] }

// newSites are n sites of Scrunch.
func newSites(n int) (known knownSites, all []*destination.Site) {
	known = knownSites{}
	for i := range n {
		id := fmt.Sprintf("01ARZ3NDEKTSV4RRFFQ69%05d", i)
		site := destination.NewSite(destination.Scrunch(&destination.ScrunchConfig{SiteID: id, APIKey: fixture.Key}), fmt.Sprintf("shop-%d.example", i))
		known[site.Identity()] = site
		all = append(all, site)
	}
	return known, all
}

// sitesEncoding is the encoding for all of some sites, which refuses nothing.
func sitesEncoding(tb testing.TB, known knownSites) Encoding {
	tb.Helper()
	return NewSitesEncoding(allDestinations()["scrunch"], known, func(err error, visits int) { tb.Errorf("%d visits: %v", visits, err) })
}

// visitOf is the line of a site's visit with a number. It names its site.
func visitOf(site *destination.Site, number, size int) string {
	visit := fmt.Sprintf(`{"site":%q,"number":"%d","x":"`, site.Identity(), number)
	return visit + strings.Repeat("x", max(size-len(visit)-2, 0)) + "\"}\n"
}

// siteVisits gives each site's visits numbers in their order.
type siteVisits struct {
	random *rand.Rand
	sites  []*destination.Site
	next   map[*destination.Site]int
}

// shares are visits of some of the sites, in random runs.
func (v *siteVisits) shares(most, largest int) []Share {
	var s Shares
	for range 1 + v.random.IntN(most) {
		site := v.sites[v.random.IntN(len(v.sites))]
		s.Add(site, append(s.Buffer(), visitOf(site, v.next[site], v.random.IntN(largest))...))
		v.next[site]++
	}
	return s.All()
}

// requireOwn fails if a batch of one site has a visit of another. It returns the visits.
func requireOwn(t require.TestingT, b *Batch) (lines []string) {
	require.False(t, b.isMixed())
	size := 0
	for _, c := range b.chunks {
		size += len(c.lines)
		for line := range bytes.Lines(c.lines) {
			require.Contains(t, string(line), fmt.Sprintf("%q", b.Site().Identity()), "no visit is handed out as another site's")
			lines = append(lines, string(line))
		}
	}
	require.Equal(t, size, b.size)
	require.Len(t, lines, b.Count)
	return lines
}

// offerCounting takes all batches, and counts their visits.
func offerCounting(visits *int) func(context.Context, *Batch) error {
	return func(_ context.Context, b *Batch) error {
		*visits += b.Count
		return nil
	}
}
