// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package sites

import (
	"sync"

	"go.uber.org/zap"

	"github.com/agentvisits/agentvisitsexporter/internal/destination"
)

// Registries are those of all exporters of a factory. The exporters of one configuration for
// several signals share a registry, so that each site has one handle, and the directory is
// read once.
type Registries struct {
	mu  sync.Mutex
	all map[any]*Registry // by configuration
}

// NewRegistries makes an empty collection.
func NewRegistries() *Registries { return &Registries{all: map[any]*Registry{}} }

// Get returns the registry of a configuration, for one user more. cfg is the configuration
// itself, as a pointer. Each user calls Start and Shutdown, or Shutdown alone.
func (r *Registries) Get(cfg any, s *destination.Sites, logger *zap.Logger) (*Registry, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	shared := r.all[cfg]
	if shared == nil {
		var err error
		if shared, err = New(s, logger); err != nil {
			return nil, err
		}
		shared.forget = func() { r.forget(cfg) }
		r.all[cfg] = shared
	}
	shared.users.Add(1)
	return shared, nil
}

func (r *Registries) forget(cfg any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.all, cfg)
}
