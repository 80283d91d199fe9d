// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import (
	"net/netip"
	"slices"
	"strings"
)

// trust is who is believed about the visitor's address.
type trust struct {
	headers []field
	proxies []netip.Prefix
}

// newTrust takes a configuration that was validated. It returns nil if nobody
// is named.
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
		t.headers = []field{forwardedFor, forwarded}
	}
	for _, text := range c.TrustedProxies {
		network, _ := proxyNetwork(text)
		t.proxies = append(t.proxies, network)
	}
	return t
}

// resolve is the visitor's address, or empty. It takes all headers away that
// name an address: a destination would believe them, whoever wrote them.
func (t *trust) resolve(f *facts) string {
	ip := t.clientIP(f)
	for i := forwardedFor; i <= viewerAddress; i++ {
		f.text[i] = ""
	}
	return ip
}

// clientIP is the visitor's address, or empty. Headers of a peer that is no
// trusted proxy are not believed: that peer is the visitor.
func (t *trust) clientIP(f *facts) string {
	peer := firstOf(f.text[peerIP], f.text[clientIP])
	if len(t.proxies) > 0 && peer != "" && !t.isProxy(peer) {
		return peer
	}
	for _, i := range t.headers {
		if ip := t.fromHeader(i, f.text[i]); ip != "" {
			return ip
		}
	}
	return firstOf(f.text[clientIP], peer)
}

// fromHeader is the right-most address that is no proxy's. Without proxies to
// know them by, it is the left-most public one.
func (t *trust) fromHeader(i field, list string) string {
	if len(t.proxies) > 0 {
		return t.rightMost(i, list)
	}
	ip, _ := bestAddress(withoutPort(i, list))
	return ip
}

// rightMost goes back through the chain of proxies. It stops at what is no
// address, for what stands before that nobody trusted has written.
func (t *trust) rightMost(i field, list string) string {
	last := ""
	for list != "" {
		comma := strings.LastIndexByte(list, ',')
		element := list[comma+1:]
		list = list[:max(comma, 0)]
		if i == forwarded {
			element = forwardedParameter(element, "for")
		}
		ip := addressOf(withoutPort(i, element))
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
