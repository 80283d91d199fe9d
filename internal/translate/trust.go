// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package translate

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/agentvisits/agentvisitsexporter/internal/address"
	"github.com/agentvisits/agentvisitsexporter/internal/privacy"
	"github.com/agentvisits/agentvisitsexporter/internal/visit"
)

// trust says who is believed about the visitor's address.
type trust struct {
	headers []visit.Field  // the best first
	proxies []netip.Prefix // empty: whoever connects is believed
}

// newTrust takes a configuration that was validated. It returns nil if that names
// nobody.
func newTrust(c *ClientIPConfig) *trust {
	if len(c.TrustedHeaders)+len(c.TrustedProxies) == 0 {
		return nil
	}
	t := &trust{}
	for _, name := range c.TrustedHeaders {
		i, _ := clientHeader(name)
		t.headers = append(t.headers, i)
	}
	if len(t.headers) == 0 {
		t.headers = []visit.Field{visit.ForwardedFor, visit.Forwarded}
	}
	for _, text := range c.TrustedProxies {
		network, _ := proxyNetwork(text)
		t.proxies = append(t.proxies, network)
	}
	return t
}

// resolve is the visitor's address. It is empty and withheld is true if the telemetry
// has addresses, but not the header that would tell which is true. All headers that
// name an address are cleared, because a destination would believe them whoever wrote
// them.
func (t *trust) resolve(f *facts, ofSpan bool) (ip string, withheld bool) {
	ip, withheld = t.clientIP(f, ofSpan)
	for i := visit.ForwardedFor; i <= visit.ViewerAddress; i++ {
		f.text[i] = ""
	}
	return ip, withheld
}

// clientIP is the visitor's address. A peer that is not a trusted proxy is the visitor,
// and its headers are not believed. Neither is the client's address that a span names,
// because SDKs take it from the left of X-Forwarded-For, where the visitor writes.
func (t *trust) clientIP(f *facts, ofSpan bool) (ip string, withheld bool) {
	peer, isPublic := peerOf(f, ofSpan)
	if len(t.proxies) > 0 && peer != "" && !t.isProxy(peer) {
		return peer, false
	}
	ip, isCaptured := t.fromHeaders(f)
	claimed := f.text[visit.ClientIP]
	switch {
	case len(t.proxies) > 0 && peer == "" && claimed != "" && claimed != ip && !t.isProxy(claimed):
		return "", true // a stranger's own address, or what a stranger wrote: nobody can tell
	case ip != "":
		return ip, false
	case len(t.proxies) == 0 && isPublic:
		return peer, false
	}
	return "", !isCaptured && (peer != "" || claimed != "")
}

// forwarding says whether the host and the scheme that proxies forward are believed.
type forwarding uint8

const (
	ifNothingElse forwarding = iota // nobody is named, or the peer is not known: a host only if the server has no public one of its own
	believed                        // a trusted proxy forwarded them
	ignored                         // a stranger sent them
)

// forwardedSite are the fields in which proxies forward host and scheme.
var forwardedSite = visit.SetOf(visit.ForwardedHost, visit.ForwardedProto, visit.Forwarded)

// ofSite is trust in what was forwarded besides the address. It is the same trust.
func (t *trust) ofSite(f *facts, ofSpan bool) forwarding {
	if t == nil || len(t.proxies) == 0 || !f.present.Meets(&forwardedSite) {
		return ifNothingElse
	}
	peer, _ := peerOf(f, ofSpan)
	if peer != "" && t.isProxy(peer) {
		return believed
	}
	if _, withheld := t.clientIP(f, ofSpan); peer != "" || withheld {
		return ignored
	}
	return ifNothingElse
}

// peerOf is the address of whoever connected to the server, or empty if it is not
// known. In an access log that names no peer, the client is the peer. In a span it may
// not be: its client may come from a header.
func peerOf(f *facts, ofSpan bool) (ip string, isPublic bool) {
	i := visit.PeerIP
	if !ofSpan && !f.has(visit.PeerIP) {
		i = visit.ClientIP
	}
	return f.text[i], f.number[i] == 1
}

// fromHeaders is the address in the best trusted header that has one. isCaptured says
// whether there is any trusted header.
func (t *trust) fromHeaders(f *facts) (ip string, isCaptured bool) {
	for _, i := range t.headers {
		isCaptured = isCaptured || f.text[i] != ""
		if ip := t.fromHeader(i, f.text[i]); ip != "" {
			return ip, true
		}
	}
	return "", isCaptured
}

// fromHeader is the right-most address that is not a proxy's. If no proxies are named,
// it is the left-most public one.
func (t *trust) fromHeader(i visit.Field, list string) string {
	if len(t.proxies) > 0 {
		return t.rightMost(i, list)
	}
	ip, _ := address.Best(privacy.WithoutPort(i, list))
	return ip
}

// rightMost follows the chain of proxies from the right. It stops at an element that is
// not an address, because nobody trusted wrote what stands to the left of it.
func (t *trust) rightMost(i visit.Field, list string) string {
	last := ""
	for list != "" {
		comma := strings.LastIndexByte(list, ',')
		element := list[comma+1:]
		list = list[:max(comma, 0)]
		if i == visit.Forwarded {
			element = address.ForwardedParameter(element, "for")
		}
		ip := address.Parse(privacy.WithoutPort(i, element))
		if ip == "" {
			break
		}
		if last = ip; !t.isProxy(ip) {
			break
		}
	}
	return last
}

func (t *trust) isProxy(ip string) bool {
	address, err := netip.ParseAddr(ip)
	return err == nil && slices.ContainsFunc(t.proxies, func(n netip.Prefix) bool { return n.Contains(address) })
}
