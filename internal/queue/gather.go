// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package queue

import "github.com/agentvisits/agentvisitsexporter/internal/destination"

// Gatherer makes one share for each site of shares in which sites take turns, as they do in
// the payloads of a proxy before many sites. Its memory is used again.
type Gatherer struct {
	numbers map[*destination.Site]int // of a site's share
	of      []int                     // the number of each given share's site
	shares  []Share
	lines   []byte
}

// Gather returns the shares with the visits of each site side by side, in the order in which
// the sites came first; the visits of a site keep their order. The result is valid until the
// next call.
func (g *Gatherer) Gather(all []Share) []Share {
	if len(all) < 2 {
		return all
	}
	if g.numbers == nil {
		g.numbers = map[*destination.Site]int{}
	}
	clear(g.numbers)
	clear(g.shares)
	g.of, g.shares = g.of[:0], g.shares[:0]
	size := 0
	for i := range all {
		number, known := g.numbers[all[i].Site]
		if !known {
			number = len(g.shares)
			g.numbers[all[i].Site] = number
			g.shares = append(g.shares, Share{Site: all[i].Site})
		}
		g.of = append(g.of, number)
		g.shares[number].Count += all[i].Count
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
	sizes := make([]int, len(g.shares))
	for i, number := range g.of {
		sizes[number] += len(all[i].Lines)
	}
	start := 0
	for number, size := range sizes {
		g.shares[number].Lines = g.lines[start : start : start+size] // appended to below
		start += size
	}
	for i, number := range g.of {
		g.shares[number].Lines = append(g.shares[number].Lines, all[i].Lines...)
	}
}
