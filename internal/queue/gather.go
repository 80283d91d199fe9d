// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package queue

import "github.com/agentvisits/agentvisitsexporter/internal/destination"

// Gatherer makes one share for each site of shares in which sites take turns, as they do in
// the payloads of a proxy before many sites. Its memory is used again.
type Gatherer struct {
	at     map[*destination.Site]int // of a site in shares
	shares []Share
	lines  []byte
}

// Gather returns the shares with the visits of each site side by side, in the order in which
// the sites came first; the visits of a site keep their order. The result is valid until the
// next call.
func (g *Gatherer) Gather(all []Share) []Share {
	if len(all) < 2 {
		return all
	}
	if g.at == nil {
		g.at = map[*destination.Site]int{}
	}
	clear(g.at)
	clear(g.shares)
	g.shares = g.shares[:0]
	size := 0
	for i := range all {
		at, known := g.at[all[i].Site]
		if !known {
			at = len(g.shares)
			g.at[all[i].Site] = at
			g.shares = append(g.shares, Share{Site: all[i].Site})
		}
		g.shares[at].Count += all[i].Count
		size += len(all[i].Lines)
	}
	if len(g.shares) == len(all) {
		return all
	}
	g.place(all, size)
	return g.shares
}

// place copies the lines to where those of their site stand.
func (g *Gatherer) place(all []Share, size int) {
	if cap(g.lines) < size {
		g.lines = make([]byte, 0, size+size/4)
	}
	starts := make([]int, len(g.shares)+1)
	for i := range all {
		starts[g.at[all[i].Site]+1] += len(all[i].Lines)
	}
	for i := range g.shares {
		starts[i+1] += starts[i]
		g.shares[i].Lines = g.lines[starts[i]:starts[i]:starts[i+1]] // appended to below
	}
	for i := range all {
		share := &g.shares[g.at[all[i].Site]]
		share.Lines = append(share.Lines, all[i].Lines...)
	}
}
