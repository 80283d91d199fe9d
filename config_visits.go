// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import (
	"maps"
	"net/netip"
	"slices"
	"strings"
)

// VisitsConfig says which telemetry becomes a visit, and how it is read.
// Nothing of it has to be set.
type VisitsConfig struct {
	// Selection says which requests count.
	Selection SelectionConfig `mapstructure:",squash"`
	// Privacy says what of a visit is delivered, and whose visits.
	Privacy PrivacyConfig `mapstructure:",squash"`

	// InternalHops includes server spans whose caller is another span of the same
	// payload, which is one service of yours calling another.
	InternalHops bool `mapstructure:"internal_hops"`
	// ClientIP says who is trusted to tell the visitor's address, and what of it
	// is delivered.
	ClientIP ClientIPConfig `mapstructure:"client_ip"`
	// Attributes names further attribute keys for a visit's fields, the best
	// first. They come before the built-in ones. Keys of nested maps are joined by
	// dots.
	Attributes map[string][]string `mapstructure:"attributes"`
}

// ClientIPConfig says who is trusted to tell the visitor's address. By default
// headers that a CDN sets come first, then what the server worked out, then the
// left-most public address of X-Forwarded-For, which a visitor can forge. If
// anybody is named here, the address that is found is the only one that leaves in
// the headers that name clients: destinations would believe the others. Without
// the header that a trusted proxy writes, no address leaves.
type ClientIPConfig struct {
	// Mode is full (the default); truncate, which leaves the network (the first 24
	// bits of an IPv4 address, 48 of IPv6) in every header and field; or omit.
	// With both, agents cannot be verified by their address.
	Mode string `mapstructure:"mode"`
	// TrustedHeaders are the only request headers that are believed, the best
	// first, such as cf-connecting-ip. They must be captured; see docs/headers.md.
	// A visit without them has the address of the peer, if that is a public one.
	TrustedHeaders []string `mapstructure:"trusted_headers"`
	// TrustedProxies are the addresses and networks (CIDR) of your own proxies and
	// CDN. Then headers are believed from these alone, and of X-Forwarded-For and
	// Forwarded the right-most address that is none of them is the visitor's. One
	// of the two must be captured, and spans must hold network.peer.address; see
	// docs/headers.md. The client.address of a span is not believed instead: a
	// visitor can forge it, because SDKs take it from the left of X-Forwarded-For.
	TrustedProxies []string `mapstructure:"trusted_proxies"`
}

func (c *VisitsConfig) check(f faults) {
	c.Selection.check(f)
	c.ClientIP.check(f.in("client_ip"))
	checkAttributes(f, c.Attributes)
	c.Privacy.check(f)
}

func (c *ClientIPConfig) check(f faults) {
	for _, name := range c.TrustedHeaders {
		if _, ok := clientHeader(name); !ok {
			f.add("trusted_headers", "has %q, which is no header that tells a client's address: write one of %s", shorten(name), strings.Join(clientHeaderNames, ", "))
		}
	}
	for _, text := range c.TrustedProxies {
		if _, err := proxyNetwork(text); err != nil {
			f.add("trusted_proxies", "has %q: write an address such as 10.0.0.7 or a network such as 10.0.0.0/8", shorten(text))
		}
	}
	f.choice("mode", c.Mode, clientIPModes)
}

// checkAttributes checks the keys that users name for the fields of a visit.
func checkAttributes(f faults, attributes map[string][]string) {
	named := f.in("attributes")
	fieldOf := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(attributes)) {
		if _, known := configurable[name]; !known {
			f.add("attributes", "has %q, which is no field of a visit: write one of %s", shorten(name), strings.Join(slices.Sorted(maps.Keys(configurable)), ", "))
			continue
		}
		if most := maxOwnKeys; len(attributes[name]) > most {
			named.add(name, "has %d keys: name %d at most", len(attributes[name]), most)
		}
		for _, key := range attributes[name] {
			switch other, taken := fieldOf[key]; {
			case key == "":
				named.add(name, "has an empty key: remove it")
			case isCredentialHeader(headerOfKey(key)):
				named.add(name, "has %q, which holds a credential: remove it; credentials are never delivered", shorten(key))
			case taken:
				f.add("attributes", "names %q for both %s and %s: remove it from one of them", shorten(key), other, name)
			}
			fieldOf[key] = name
		}
	}
}

// clientHeaderNames are the request headers that tell the client's address.
var clientHeaderNames = requestHeaders[forwardedFor-firstRequestHeader : viewerAddress-firstRequestHeader+1]

// clientHeader is the field of a header of clientHeaderNames in any spelling.
func clientHeader(name string) (field, bool) {
	i := slices.Index(clientHeaderNames, headerName(name))
	return forwardedFor + field(i), i >= 0
}

// proxyNetwork reads an address or a network.
func proxyNetwork(text string) (netip.Prefix, error) {
	if network, err := netip.ParsePrefix(text); err == nil {
		return network.Masked(), nil
	}
	address, err := netip.ParseAddr(text)
	if err != nil {
		return netip.Prefix{}, err
	}
	return address.Unmap().Prefix(address.Unmap().BitLen())
}
