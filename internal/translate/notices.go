// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package translate

import (
	"github.com/agentvisits/agentvisitsexporter/internal/uri"
	"github.com/agentvisits/agentvisitsexporter/internal/visit"
)

// Notices are what items of a payload show that people should be told of. They name no
// value of an item.
type Notices uint8

// The notices, which can be added up.
const (
	// AddressWithheld: a visit leaves without its address, because nobody trusted names one.
	AddressWithheld Notices = 1 << iota
	// HostUnknown: a request does not count for lack of a host, because only included
	// hosts do.
	HostUnknown
	// PublicHost: a visit was served by a public host, and nobody chose hosts.
	PublicHost
	// NetworkHost: a visit names no host but one that only a network of its own knows,
	// such as that of a service in a cluster, and nobody chose hosts.
	NetworkHost
	// OtherSite: the destination skips a visit as that of another site. The translator
	// does not know that.
	OtherSite
	// NoSite: no site has the host of a visit. The translator does not know that.
	NoSite
)

// Retract takes back what was noted of the last item: the notices are again as they were.
func (t *Translator) Retract(before Notices) { t.notices = before }

// noticeHost notes by which kind of host a visit was served.
func (t *Translator) noticeHost(v *visit.Visit) {
	switch {
	case t.facts.isPublic:
		t.notices |= PublicHost
	case t.notices&NetworkHost == 0 && v.Host == v.Served && uri.IsNetworkName(v.Served):
		t.notices |= NetworkHost
	}
}
