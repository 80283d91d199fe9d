// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package sites

import (
	"github.com/agentvisits/agentvisitsexporter/internal/destination"
	"github.com/agentvisits/agentvisitsexporter/internal/hostname"
	"github.com/agentvisits/agentvisitsexporter/internal/uri"
)

// Set finds the site of a host. It never changes. The time that it takes does not depend on
// how many sites there are.
type Set struct {
	byPattern map[hostname.Pattern]*destination.Site
	sites     int
}

// Of is the site of a host in the form of visit.Visit.Served, with or without a port: the
// one with that host, or else with the least wide pattern for it. It is nil if no site has
// it, and for a host that is not known.
func (s *Set) Of(host string) *destination.Site {
	site, _ := hostname.Find(s.byPattern, hostname.Pattern(uri.SiteName(host)))
	return site
}

// Len is the number of sites.
func (s *Set) Len() int { return s.sites }
