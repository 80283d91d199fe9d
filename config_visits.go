// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"

	"github.com/bmatcuk/doublestar/v4"
)

// VisitsConfig says which telemetry becomes a visit, and how it is read.
// Nothing of it has to be set.
type VisitsConfig struct {
	// StaticAssets includes images, style sheets, scripts, fonts and the like.
	StaticAssets bool `mapstructure:"static_assets"`
	// FrameworkInternals includes paths that frameworks keep to themselves, such
	// as /_next/ and /wp-admin.
	FrameworkInternals bool `mapstructure:"framework_internals"`
	// HealthChecks includes probes of load balancers and orchestrators.
	HealthChecks bool `mapstructure:"health_checks"`
	// InternalHops includes server spans whose caller is another span of the same
	// payload, which is one service of yours calling another.
	InternalHops bool `mapstructure:"internal_hops"`

	// IncludePaths are patterns of paths; only requests that match one count. A
	// pattern matches the whole path: * stands for anything but a slash, ** for
	// anything, {a,b} for either. Empty (the default) stands for all paths.
	IncludePaths []string `mapstructure:"include_paths"`
	// ExcludePaths are patterns of paths that do not count, also if a pattern of
	// include_paths matches them.
	ExcludePaths []string `mapstructure:"exclude_paths"`
	// Services chooses by the resource attribute service.name, which spans have.
	Services ServicesConfig `mapstructure:"services"`
	// Methods are the methods that count, such as GET. Empty (the default) stands
	// for all.
	Methods []string `mapstructure:"methods"`
	// Statuses are the status codes that count, or classes of them such as 2xx.
	// Empty (the default) stands for all, and for spans without a status. The type
	// is any because YAML makes a number of 404 and text of 2xx.
	Statuses []any `mapstructure:"statuses"`

	// Headers changes which captured headers are delivered.
	Headers HeadersConfig `mapstructure:"headers"`
	// Query says what of queries is delivered.
	Query QueryConfig `mapstructure:"query"`
	// ReplaceInPaths replaces what must not leave in paths, such as e-mail
	// addresses and customers' numbers. At most 16.
	ReplaceInPaths []PathReplacement `mapstructure:"replace_in_paths"`

	// Who says whose visits are delivered: everybody's (the default), those of
	// known AI agents and crawlers (agents), or also those of people whom an AI
	// assistant's answer sent (agents_and_referred).
	Who string `mapstructure:"who"`
	// Agents names further agents by the token in their user agent, such as
	// ExampleBot.
	Agents []string `mapstructure:"agents"`

	// ClientIP says who is trusted to tell the visitor's address, and what of it
	// is delivered.
	ClientIP ClientIPConfig `mapstructure:"client_ip"`
	// Attributes names further attribute keys for a visit's fields, the best
	// first. They come before the built-in ones. Keys of nested maps are joined by
	// dots.
	Attributes map[string][]string `mapstructure:"attributes"`
}

// ServicesConfig chooses services by patterns of their names, in which * stands
// for anything.
type ServicesConfig struct {
	// Include are the services whose requests count. Empty (the default) stands
	// for all, and for telemetry that names no service.
	Include []string `mapstructure:"include"`
	// Exclude are services whose requests do not count, also if include names
	// them: those behind another one that counts already, for example.
	Exclude []string `mapstructure:"exclude"`
}

// ClientIPConfig says who is trusted to tell the visitor's address. By default
// headers that a CDN sets come first, then what the server worked out, then the
// left-most public address of X-Forwarded-For, which a visitor can forge. If
// anything is set here, the address that is found is the only one that leaves:
// destinations would believe the headers that name others.
type ClientIPConfig struct {
	// Mode is full (the default); truncate, which leaves the network (the first 24
	// bits of an IPv4 address, 48 of IPv6) in every header and field; or omit.
	// With both, agents cannot be verified by their address.
	Mode string `mapstructure:"mode"`
	// TrustedHeaders are the only request headers that are believed, the best
	// first, such as cf-connecting-ip. They must be captured to be there.
	TrustedHeaders []string `mapstructure:"trusted_headers"`
	// TrustedProxies are the addresses and networks (CIDR) of your own proxies and
	// CDN. Then headers are believed from these alone, and of X-Forwarded-For and
	// Forwarded the right-most address that is none of them is the visitor's.
	TrustedProxies []string `mapstructure:"trusted_proxies"`
}

func (f *faults) inVisits(c *VisitsConfig) {
	f.inPatterns("visits::include_paths", c.IncludePaths, "/")
	f.inPatterns("visits::exclude_paths", c.ExcludePaths, "/")
	f.inPatterns("visits::services::include", c.Services.Include, "")
	f.inPatterns("visits::services::exclude", c.Services.Exclude, "")
	for _, name := range c.Methods {
		if methodOf(name) == "" {
			f.add("`visits::methods` has %q, which is no method: write names such as GET and POST", shorten(name))
		}
	}
	for _, status := range c.Statuses {
		if _, _, ok := statusRange(status); !ok {
			f.add("`visits::statuses` has %q: write a code such as 404 or a class such as 2xx", shorten(fmt.Sprint(status)))
		}
	}
	for _, name := range c.ClientIP.TrustedHeaders {
		if _, ok := clientHeader(name); !ok {
			f.add("`visits::client_ip::trusted_headers` has %q, which is no header that tells a client's address: write one of %s", shorten(name), strings.Join(clientHeaderNames, ", "))
		}
	}
	for _, text := range c.ClientIP.TrustedProxies {
		if _, err := proxyNetwork(text); err != nil {
			f.add("`visits::client_ip::trusted_proxies` has %q: write an address such as 10.0.0.7 or a network such as 10.0.0.0/8", shorten(text))
		}
	}
	f.inAttributes(c.Attributes)
	f.inPrivacy(c)
}

// inPatterns looks at patterns that have to start as given.
func (f *faults) inPatterns(key string, patterns []string, start string) {
	for _, pattern := range patterns {
		switch {
		case pattern == "" || !doublestar.ValidatePattern(pattern):
			f.add("`%s` has %q, which is no pattern: write a name with * for a part of it; a bracket or brace that is opened has to be closed", key, shorten(pattern))
		case !strings.HasPrefix(pattern, start) && pattern[0] != '*' && pattern[0] != '{':
			f.add("`%s` has %q, which matches no path, for paths start with /: write %q", key, shorten(pattern), shorten("/"+pattern))
		}
	}
}

func (f *faults) inAttributes(attributes map[string][]string) {
	fieldOf := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(attributes)) {
		if _, known := configurable[name]; !known {
			f.add("`visits::attributes` has %q, which is no field of a visit: write one of %s", shorten(name), strings.Join(slices.Sorted(maps.Keys(configurable)), ", "))
			continue
		}
		if most := maxOwnKeys; len(attributes[name]) > most {
			f.add("`visits::attributes::%s` has %d keys: name %d at most", name, len(attributes[name]), most)
		}
		for _, key := range attributes[name] {
			switch other, taken := fieldOf[key]; {
			case key == "":
				f.add("`visits::attributes::%s` has an empty key: remove it", name)
			case taken:
				f.add("`visits::attributes` names %q for both %s and %s: remove it from one of them", shorten(key), other, name)
			}
			fieldOf[key] = name
		}
	}
}

// clientHeaderNames are the request headers that tell the client's address.
var clientHeaderNames = requestHeaders[forwardedFor-firstRequestHeader : viewerAddress-firstRequestHeader+1]

// clientHeader is the field of a header of clientHeaderNames in any spelling.
func clientHeader(name string) (field, bool) {
	i := slices.Index(clientHeaderNames, strings.ToLower(strings.ReplaceAll(name, "_", "-")))
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

// statusRange reads a status code or a class such as 4xx.
func statusRange(status any) (from, to int, ok bool) {
	text := fmt.Sprint(status)
	if len(text) == 3 && strings.EqualFold(text[1:], "xx") && text[0] >= '1' && text[0] <= '5' {
		from = int(text[0]-'0') * 100
		return from, from + 99, true
	}
	code, ok := textValue(text).asStatus()
	return int(code), int(code), ok
}
