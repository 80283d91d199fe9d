// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package translate

import (
	"github.com/agentvisits/agentvisitsexporter/internal/address"
	"github.com/agentvisits/agentvisitsexporter/internal/mapping"
	"github.com/agentvisits/agentvisitsexporter/internal/privacy"
	"github.com/agentvisits/agentvisitsexporter/internal/visit"
)

// addressSet has mapping.AddressHeaders. It tells at once whether all are absent.
var addressSet = visit.SetOf(mapping.AddressHeaders...)

// allAddressHeaders are the headers that tell a client's address.
var allAddressHeaders = visit.FieldsWithin(visit.ForwardedFor, visit.ViewerAddress+1)

// lastAddressHeaders are those of them that visitors can send, and that hardly a proxy writes or
// removes, so they come last.
var lastAddressHeaders = allAddressHeaders.Without(addressSet).Without(visit.SetOf(visit.ForwardedFor, visit.Forwarded))

// addressChoice is the first public one of the addresses that it is shown, or else the
// first.
type addressChoice struct {
	ip     string
	public bool
}

// show reports whether the choice is made.
func (c *addressChoice) show(ip string, public bool) (done bool) {
	if ip != "" && (c.ip == "" || public) {
		c.ip, c.public = ip, public
	}
	return c.public
}

// resolveClientIP is the visitor's address, or none if nothing tells it. The best
// source is what the nearest proxy says. Then comes the client's address if it is not
// the peer's, because then the server worked it out; then the chain of proxies, the
// client's address in any case, and the peer's. Headers that hardly anybody but
// visitors writes come last.
func (f *facts) resolveClientIP() (best addressChoice) {
	if f.present.Meets(&addressSet) {
		for _, i := range mapping.AddressHeaders {
			if s := f.text[i]; s != "" && best.show(address.Best(privacy.WithoutPort(i, s))) {
				return best
			}
		}
	}
	if f.has(visit.PeerIP) && f.text[visit.ClientIP] != f.text[visit.PeerIP] && best.show(f.text[visit.ClientIP], f.number[visit.ClientIP] == 1) {
		return best
	}
	if best.show(address.Best(f.text[visit.ForwardedFor])) || best.show(address.Best(f.text[visit.Forwarded])) ||
		best.show(f.text[visit.ClientIP], f.number[visit.ClientIP] == 1) {
		return best
	}
	if best.show(f.text[visit.PeerIP], f.number[visit.PeerIP] == 1) || !f.present.Meets(&lastAddressHeaders) {
		return best
	}
	for i := range f.present.Shared(&lastAddressHeaders) {
		if best.show(address.Best(f.text[i])) {
			break
		}
	}
	return best
}
