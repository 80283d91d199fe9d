// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package queue

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agentvisits/agentvisitsexporter/internal/destination"
)

// TestGatheringKeepsEachVisitAtItsSite uses random payloads, one after the other, in the same
// memory.
func TestGatheringKeepsEachVisitAtItsSite(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	var all []*destination.Site
	for i := range 5 {
		all = append(all, destination.NewSite(destination.KnownAgents(&destination.KnownAgentsConfig{Project: strconv.Itoa(i)}, nil, nil), ""))
	}
	var s Shares
	var g Gatherer
	for range 500 {
		s.Clear()
		want, order := map[*destination.Site]string{}, []*destination.Site{}
		for i := range r.IntN(30) {
			site := all[r.IntN(1+r.IntN(len(all)))]
			line := fmt.Sprintf("%s %d %s\n", site.Identity(), i, strings.Repeat("x", r.IntN(100)))
			s.Add(site, append(s.Buffer(), line...))
			if want[site] == "" {
				order = append(order, site)
			}
			want[site] += line
		}
		got := g.Gather(s.All())
		require.Len(t, got, len(order))
		for i, share := range got {
			assert.Same(t, order[i], share.Site)
			require.Equal(t, want[share.Site], string(share.Lines))
			require.Equal(t, strings.Count(want[share.Site], "\n"), share.Count)
		}
	}
}
