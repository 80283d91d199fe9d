// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package queue

import (
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/agentvisits/agentvisitsexporter/internal/destination"
	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
)

// TestNoHistoryLosesAVisitOrGivesItToAnotherSite makes random histories of payloads, pauses,
// removals, full disks, restarts and kills at any transaction.
func TestNoHistoryLosesAVisitOrGivesItToAnotherSite(t *testing.T) {
	for seed := range uint64(300) {
		synctest.Test(t, func(t *testing.T) {
			m := newSitesModel(t, rand.New(rand.NewPCG(seed, 3)))
			defer func() { m.lot.BeginShutdown() }()
			for range 80 {
				m.step()
			}
			m.finish()
			m.requireAllDelivered(seed)
			m.end()
		})
	}
}

// step is one thing that happens.
func (m *sitesModel) step() {
	i := m.random.IntN(len(m.sites))
	site := m.sites[i]
	switch m.random.IntN(16) {
	case 0, 1, 2, 3:
		m.put()
	case 4, 5, 6, 7:
		m.consume()
	case 8:
		m.paused[site] = true
	case 9:
		delete(m.paused, site)
		m.lot.Unpark(site)
	case 10:
		m.lot.TryOne(site)
	case 11:
		site.Replace([]*destination.Destination{nil, m.apis[i]}[m.random.IntN(2)])
		m.lot.SitesChanged(m.t.Context())
	case 12:
		m.disk.Fill(m.random.IntN(2) == 0)
	case 13:
		<-time.After(3 * time.Second)
		m.retry()
	case 14:
		m.disk.Fill(false)
		m.end()
		m.disk = fixture.NewDisk(m.disk.Now())
		m.rewind(1 << 30)
		m.start()
	case 15:
		m.kill()
	}
}

// end ends the process as a shutdown does.
func (m *sitesModel) end() {
	m.lot.BeginShutdown()
	m.storage.BeginShutdown()
	require.NoError(m.t, m.storage.Close(m.t.Context()))
}

// kill ends the process after one of its transactions. What happened later has not.
func (m *sitesModel) kill() {
	synctest.Wait()
	m.disk.Mu.Lock()
	past := m.disk.Past
	m.disk.Mu.Unlock()
	m.end()
	if len(past) == 0 {
		past = append(past, m.disk.Now())
	}
	at := m.random.IntN(len(past))
	m.disk = fixture.NewDisk(past[at])
	m.rewind(at + 1)
	m.start()
}

// rewind forgets what happened after so many transactions of the process that has ended.
func (m *sitesModel) rewind(transactions int) {
	var kept []modelEvent
	for _, e := range m.events {
		if e.transactions <= transactions {
			kept = append(kept, modelEvent{line: e.line, isDelivered: e.isDelivered})
		}
	}
	m.events = kept
}

// finish lets all be delivered.
func (m *sitesModel) finish() {
	m.disk.Fill(false)
	for i, site := range m.sites {
		site.Replace(m.apis[i])
		delete(m.paused, site)
	}
	m.lot.SitesChanged(m.t.Context())
	for _, site := range m.sites {
		m.lot.Unpark(site)
	}
	for range 1000 {
		<-time.After(maxReturnPause)
		m.retry()
		m.mu.Lock()
		isEmpty := m.queue.read == m.queue.write
		m.mu.Unlock()
		if isEmpty && m.lot.Visits() == 0 && len(m.held) == 0 {
			return
		}
		for range 10 {
			m.consume()
		}
	}
	m.t.Errorf("%d visits stay parked", m.lot.Visits())
}

func (m *sitesModel) requireAllDelivered(seed uint64) {
	delivered := map[string]bool{}
	for _, e := range m.events {
		delivered[e.line] = delivered[e.line] || e.isDelivered
	}
	for _, e := range m.events {
		require.True(m.t, delivered[e.line], "seed %d: %s", seed, e.line)
	}
}
