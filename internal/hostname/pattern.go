// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package hostname

import (
	"net/netip"
	"strings"

	"github.com/agentvisits/agentvisitsexporter/internal/uri"
)

// Pattern is the name of one host, or all subdomains of a name, which then has a dot
// before it. Names are in the form of uri.SiteName.
type Pattern string

// Read reads what users write: www.example.com, or *.example.com. It returns an empty
// pattern if no host can match.
func Read(text string) Pattern {
	name, isBelow := strings.CutPrefix(text, "*.")
	host := uri.Host(name)
	if host == "" || strings.TrimSpace(text) != text || hasPort(name) {
		return ""
	}
	name = uri.SiteName(host)
	if !isBelow {
		return Pattern(name)
	}
	if _, err := netip.ParseAddr(name); err == nil {
		return "" // an address has no subdomains
	}
	return Pattern("." + name)
}

func hasPort(host string) bool {
	_, port := uri.SplitHost(host)
	return port != ""
}

// String is the pattern as users write it.
func (p Pattern) String() string {
	if strings.HasPrefix(string(p), ".") {
		return "*" + string(p)
	}
	return string(p)
}

// Wider is the next pattern that matches all that p does, or empty if there is none.
func (p Pattern) Wider() Pattern {
	if p == "" {
		return ""
	}
	dot := strings.IndexByte(string(p[1:]), '.')
	if dot < 0 {
		return ""
	}
	return p[1+dot:]
}

// Find returns what belongs to a pattern, or else to the least wide one that matches all
// that it does. The pattern of a host is its name, in the form of uri.SiteName.
func Find[T any](among map[Pattern]T, p Pattern) (found T, ok bool) {
	for ; p != ""; p = p.Wider() {
		if found, ok = among[p]; ok {
			return found, true
		}
	}
	return found, false
}
