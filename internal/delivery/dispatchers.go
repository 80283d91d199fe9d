// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package delivery

import (
	"sync"

	"go.opentelemetry.io/collector/component"
)

// Dispatchers has one dispatcher for each exporter of the configuration.
type Dispatchers struct {
	mu   sync.Mutex
	byID map[component.ID]*dispatcher
}

// NewDispatchers makes the dispatchers of all exporters of a factory.
func NewDispatchers() *Dispatchers { return &Dispatchers{byID: make(map[component.ID]*dispatcher)} }

// acquire returns the exporter's dispatcher. Each acquire needs a release.
func (ds *Dispatchers) acquire(id component.ID, set *Settings) *dispatcher {
	ds.mu.Lock()
	defer ds.mu.Unlock()
	d, known := ds.byID[id]
	if !known {
		d = newDispatcher(set)
		ds.byID[id] = d
	}
	d.users++
	return d
}

// release forgets a dispatcher that nobody uses any more, so that an exporter with a
// new configuration starts anew.
func (ds *Dispatchers) release(id component.ID) {
	ds.mu.Lock()
	defer ds.mu.Unlock()
	if d, known := ds.byID[id]; known {
		if d.users--; d.users == 0 {
			d.wakeUp.Stop()
			delete(ds.byID, id)
		}
	}
}
