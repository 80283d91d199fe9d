// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package translate

import (
	"sync"
	"sync/atomic"
)

// warnings say what people should change. A warning is due when all of its notices have
// come, in whichever payloads. It names no host, because a visitor may have chosen it.
var warnings = [...]struct {
	of   Notices
	text string
}{
	{OtherSite, "Visits of another public host than scrunch::domain and its subdomains are skipped as other_site. " +
		"List the sites in scrunch::sites, each with its own site_id and key (docs/sites.md), or remove scrunch::domain to let every visit count under its own host."},
	{NoSite, "Visits of hosts that no site has are skipped as no_site. " +
		"Add their hosts to a site, in the list of sites or in a file of sites_directory; at the log level debug the most frequent ones are named."},
	{AddressWithheld, "Visits leave without the visitor's address. The telemetry lacks what visits::client_ip needs to trust one. " +
		"Capture x-forwarded-for, or the header that trusted_headers names; with trusted_proxies let spans also record network.peer.address. docs/headers.md says how."},
	{HostUnknown, "Requests whose host is not known are skipped as host_excluded, because visits::hosts::include is set. " +
		"Let the source record the Host header; docs/headers.md says how. If only a proxy knows the host, name the proxy in visits::client_ip::trusted_proxies and let spans record network.peer.address."},
	{PublicHost | NetworkHost, "Some visits name a host of your own network alone, such as that of a service in a cluster, while others name a public one. " +
		"If they are calls between your services, set visits::hosts::include to the hosts of the site. If they are visits, let the proxy pass the Host header on."},
}

// Warnings says what people should be told of the notices of all payloads, each once.
type Warnings struct {
	noticed atomic.Uint32
	given   [len(warnings)]sync.Once
}

// Due are the warnings that the notices of a payload make due.
func (w *Warnings) Due(of Notices) (due []string) {
	if uint32(of)&^w.noticed.Load() == 0 {
		return nil
	}
	now := Notices(w.noticed.Or(uint32(of))) | of
	for i := range warnings {
		if warnings[i].of&^now == 0 {
			w.given[i].Do(func() { due = append(due, warnings[i].text) })
		}
	}
	return due
}
