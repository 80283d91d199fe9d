// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package fanout

import (
	"reflect"
	"sync"
	"sync/atomic"
)

// looks is how many payloads of each exporter are looked at. Pipelines stay as they are
// while a Collector runs.
const looks = 64

// Group are the exporters of a Collector.
type Group struct {
	waits atomic.Bool // whether any member does

	mu      sync.Mutex // guards the members and their last payloads
	members []*Member
}

// Member is an exporter of a group.
type Member struct {
	group *Group
	name  string
	waits bool
	looks atomic.Int32 // that are left
	last  any          // the last payload; nil if there is none or no look is left
}

// Join adds an exporter. waits says whether it makes its pipelines wait when its queue is
// full.
func (g *Group) Join(name string, waits bool) *Member {
	m := &Member{group: g, name: name, waits: waits}
	m.looks.Store(looks)
	if waits {
		g.waits.Store(true)
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.members = append(g.members, m)
	return m
}

// Looks says whether the exporter is to show its payloads.
func (m *Member) Looks() bool { return m.looks.Load() > 0 && m.group.waits.Load() }

// Sees is called with the payloads that the exporter gets. It returns the name of another
// exporter that has got the same one, if one of the two makes the other wait; once, and
// otherwise "". Payloads are the same if they are equal, as pointers are, and not if they
// have the same content.
func (m *Member) Sees(payload any) (other string) {
	if !m.Looks() || !reflect.TypeOf(payload).Comparable() {
		return ""
	}
	m.group.mu.Lock()
	defer m.group.mu.Unlock()
	if m.last = payload; m.looks.Add(-1) <= 0 {
		m.last = nil
	}
	for _, o := range m.group.members {
		if o != m && (o.waits || m.waits) && o.last == payload {
			m.end()
			return o.name
		}
	}
	return ""
}

// Leave removes an exporter, which sees no more payloads.
func (m *Member) Leave() {
	m.group.mu.Lock()
	defer m.group.mu.Unlock()
	m.end()
	for i, o := range m.group.members {
		if o == m {
			m.group.members = append(m.group.members[:i], m.group.members[i+1:]...)
			return
		}
	}
}

// end ends the looks. The caller holds the lock.
func (m *Member) end() {
	m.looks.Store(0)
	m.last = nil
}
