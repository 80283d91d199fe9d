// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package translate

import (
	"maps"
	"net/netip"
	"slices"
	"strings"

	"github.com/agentvisits/agentvisitsexporter/internal/hops"
	"github.com/agentvisits/agentvisitsexporter/internal/mapping"
	"github.com/agentvisits/agentvisitsexporter/internal/privacy"
	"github.com/agentvisits/agentvisitsexporter/internal/selection"
	"github.com/agentvisits/agentvisitsexporter/internal/validation"
	"github.com/agentvisits/agentvisitsexporter/internal/visit"
)

// Config says which telemetry becomes a visit, and how it is read. Its defaults are
// those of DefaultConfig.
type Config struct {
	// Selection says which requests count.
	Selection selection.Config `mapstructure:",squash"`
	// Privacy says what of a visit is delivered, and whose visits.
	Privacy privacy.Config `mapstructure:",squash"`

	// Hops says what becomes of requests between your own services.
	Hops hops.Config `mapstructure:",squash"`
	// ClientIP says who is trusted to tell the visitor's address, and how much of it
	// is delivered.
	ClientIP ClientIPConfig `mapstructure:"client_ip"`
	// Attributes names further attribute keys for a visit's fields, the best first.
	// They take precedence over the built-in ones, but not over a captured header host, nor
	// over headers such as cf-connecting-ip that name the client's address. The keys of
	// nested maps are joined by dots.
	Attributes map[string][]string `mapstructure:"attributes"`
}

// ClientIPConfig says who is trusted to tell the visitor's address. By default, the
// headers that CDNs set come first, then what the server worked out, then the left-most
// public address of X-Forwarded-For, which a visitor can forge. If anybody is named
// here, of the headers that tell a client's address only the address found leaves,
// because destinations would believe the others. Without the header that a trusted
// proxy writes, a visit that came through it leaves without an address.
type ClientIPConfig struct {
	// Mode is full (the default); truncate, which delivers only the network (the first
	// 24 bits of an IPv4 address, 48 of IPv6) in every header and field that names
	// clients; or omit. With
	// truncate and omit, agents cannot be verified by their address.
	Mode string `mapstructure:"mode"`
	// TrustedHeaders are the only request headers that are believed, the best first,
	// such as cf-connecting-ip. They must be captured; see docs/headers.md. A visit
	// without them has the peer's address if that is public and no proxies are named.
	TrustedHeaders []string `mapstructure:"trusted_headers"`
	// TrustedProxies are the addresses and networks (CIDR) of your own proxies and CDN.
	// If any are named, headers are believed only from them, and the visitor's address
	// is the right-most in X-Forwarded-For or else Forwarded, or in the first of TrustedHeaders
	// with an address, that is not a proxy's, or the left-most if all are. One of these must be captured, and spans must hold network.peer.address; see
	// docs/headers.md. A span without it counts as one that came from a proxy, unless
	// its client.address is another one: then no address leaves. The client.address of a span is not used instead: a visitor can
	// forge it, because SDKs take it from the left of X-Forwarded-For. The same proxies
	// alone are believed about host and scheme: what a stranger sends in
	// X-Forwarded-Host, X-Forwarded-Proto or Forwarded is ignored.
	TrustedProxies []string `mapstructure:"trusted_proxies"`
}

// DefaultConfig is the configuration that users change in part. All but hops is zero.
func DefaultConfig() Config { return Config{Hops: hops.DefaultConfig()} }

// Check reports the faults of a configuration.
func (c *Config) Check(f validation.Faults) {
	c.Selection.Check(f)
	c.Hops.Check(f)
	c.ClientIP.check(f.In("client_ip"))
	checkAttributes(f, c.Attributes)
	c.Privacy.Check(f)
}

func (c *ClientIPConfig) check(f validation.Faults) {
	for _, name := range c.TrustedHeaders {
		if _, ok := clientHeader(name); !ok {
			f.Add("trusted_headers", "has %q, which is no header that tells a client's address: %s", validation.Shorten(name), oneOf(name, clientHeaderNames))
		}
	}
	for _, text := range c.TrustedProxies {
		if _, err := proxyNetwork(text); err != nil {
			f.Add("trusted_proxies", "has %q: write an address such as 10.0.0.7 or a network such as 10.0.0.0/8", validation.Shorten(text))
		}
	}
	f.Choice("mode", c.Mode, privacy.ClientIPModes)
}

// checkAttributes checks the keys that users name for the fields of a visit.
func checkAttributes(f validation.Faults, attributes map[string][]string) {
	named := f.In("attributes")
	fieldOf := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(attributes)) {
		if _, known := mapping.Configurable[name]; !known {
			f.Add("attributes", "has %q, which is no field of a visit: %s", validation.Shorten(name), oneOf(name, slices.Sorted(maps.Keys(mapping.Configurable))))
			continue
		}
		if most := mapping.MaxOwnKeys; len(attributes[name]) > most {
			named.Add(name, "has %d keys: name %d at most", len(attributes[name]), most)
		}
		for _, key := range attributes[name] {
			switch other, taken := fieldOf[key]; {
			case key == "":
				named.Add(name, "has an empty key: remove it")
			case privacy.IsCredentialHeader(privacy.HeaderOfKey(key)):
				named.Add(name, "has %q, which holds a credential: remove it; credentials are never delivered", validation.Shorten(key))
			case taken:
				f.Add("attributes", "names %q for both %s and %s: remove it from one of them", validation.Shorten(key), other, name)
			}
			fieldOf[key] = name
		}
	}
}

// oneOf offers the name that was most likely meant, or all.
func oneOf(name string, names []string) string {
	if near := validation.Nearest(name, names); near != "" {
		return "did you mean " + near + "?"
	}
	return "write one of " + strings.Join(names, ", ")
}

// clientHeaderNames are the request headers that tell a client's address.
var clientHeaderNames = visit.RequestHeaders[visit.ForwardedFor-visit.FirstRequestHeader : visit.ViewerAddress-visit.FirstRequestHeader+1]

// clientHeader is the field of one of clientHeaderNames, in any spelling.
func clientHeader(name string) (visit.Field, bool) {
	i := slices.Index(clientHeaderNames, visit.HeaderName(name))
	return visit.ForwardedFor + visit.Field(i), i >= 0
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
