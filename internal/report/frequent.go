// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package report

import (
	"slices"
	"strings"
)

// entry is what is counted: a page, by whom it was read or with which status.
type entry struct {
	by     uint16 // a visitor's or assistant's number
	status uint16 // 0 if it makes no difference
	host   string
	path   string
}

// page is the entry's page as people write it, without the host that all pages have.
func (e entry) page(site string) string {
	if e.host == site {
		return e.path
	}
	return e.host + e.path
}

// tally is how often.
type tally struct{ visits, errors uint64 }

// Limits of the memory of one table.
const (
	maxEntries   = 50_000
	maxPathBytes = 300
)

// frequent counts the most frequent entries. When it is full, the half with the lowest
// counts is forgotten: an entry that comes back begins again at 0.
type frequent struct {
	counts    map[entry]*tally
	forgotten uint64 // visits of entries that were forgotten
}

func newFrequent() frequent { return frequent{counts: map[entry]*tally{}} }

// add counts visits of an entry, whose texts may be borrowed.
func (f *frequent) add(e entry, visits, errors uint64) {
	if len(e.path) > maxPathBytes {
		e.path = cut(e.path)
	}
	t := f.counts[e]
	if t == nil {
		if len(f.counts) == maxEntries {
			f.forget()
		}
		e.host, e.path = strings.Clone(e.host), strings.Clone(e.path)
		t = &tally{}
		f.counts[e] = t
	}
	t.visits += visits
	t.errors += errors
}

// cut shortens a path and ends it with an ellipsis.
func cut(path string) string {
	return strings.ToValidUTF8(path[:maxPathBytes], "") + "…"
}

// forget makes room.
func (f *frequent) forget() {
	all := make([]uint64, 0, len(f.counts))
	for _, t := range f.counts {
		all = append(all, t.visits)
	}
	slices.Sort(all)
	least := all[len(all)/2]
	for e, t := range f.counts {
		if t.visits <= least {
			f.forgotten += t.visits
			delete(f.counts, e)
		}
	}
}

// addHosts notes the hosts of all entries.
func (f *frequent) addHosts(hosts map[string]bool) {
	for e := range f.counts {
		hosts[e.host] = true
	}
}

// merge adds what another has. number translates its numbers.
func (f *frequent) merge(other *frequent, number func(uint16) uint16) {
	f.forgotten += other.forgotten
	for e, t := range other.counts {
		e.by = number(e.by)
		f.add(e, t.visits, t.errors)
	}
}
