// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package destination

import "sync/atomic"

// Site is one website that an exporter delivers visits of. It stays the same while its
// configuration is replaced, so visits that wait keep their site, and are sent with the
// key that is set when their turn comes.
type Site struct {
	identity string
	name     atomic.Pointer[string]
	current  atomic.Pointer[Destination]
}

// NewSite makes the site of a destination. name is for people: a host of the site, and
// never a secret. It is empty if the exporter has this site alone.
func NewSite(d *Destination, name string) *Site {
	s := &Site{identity: d.Identity()}
	s.Rename(name)
	s.current.Store(d)
	return s
}

// UnknownSite is the handle of a site that no configuration has: visits on disk are of it.
// Nothing can be sent for it, and people know it by its identity.
func UnknownSite(identity string) *Site {
	s := &Site{identity: identity}
	s.Rename(identity)
	return s
}

// Identity is what the site's visits on disk are marked with. It never changes.
func (s *Site) Identity() string { return s.identity }

// Name is what people are told of the site.
func (s *Site) Name() string { return *s.name.Load() }

// Rename gives the site another name, because its first host is another one.
func (s *Site) Rename(name string) { s.name.Store(&name) }

// Destination is how the site's visits are delivered, or nil if the site was removed
// from the configuration.
func (s *Site) Destination() *Destination { return s.current.Load() }

// Replace gives the site another configuration, whose identity must be the same; nil
// removes it.
func (s *Site) Replace(d *Destination) { s.current.Store(d) }
