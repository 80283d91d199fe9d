// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import (
	"net/netip"
	"strings"
)

// addressHeaders are the request headers that name the visitor's address, the
// most reliable first: those that one proxy sets, then those that many append
// to. A header is only there if the instrumentation was told to capture it.
var addressHeaders = []field{
	requestHeader("cf-connecting-ip"), requestHeader("true-client-ip"), requestHeader("fastly-client-ip"),
	requestHeader("fly-client-ip"), requestHeader("x-vercel-forwarded-for"), requestHeader("x-nf-client-connection-ip"),
	requestHeader("do-connecting-ip"), requestHeader("x-azure-clientip"), requestHeader("cloudfront-viewer-address"),
	requestHeader("x-real-ip"), requestHeader("x-forwarded-for"),
}

// knownAgentsAddressHeaders are the headers in which Known Agents looks for
// the visitor's address.
var knownAgentsAddressHeaders = []field{
	requestHeader("remote-addr"), requestHeader("x-forwarded-for"), requestHeader("x-real-ip"), requestHeader("client-ip"),
	requestHeader("cf-connecting-ip"), requestHeader("x-cluster-client-ip"), requestHeader("forwarded"),
	requestHeader("x-original-forwarded-for"), requestHeader("fastly-client-ip"), requestHeader("true-client-ip"),
	requestHeader("x-appengine-user-ip"),
}

// resolveClientIP is the visitor's address, or empty.
func (f *facts) resolveClientIP() string {
	for _, i := range addressHeaders {
		if ip := firstAddress(f.text[i]); ip != "" {
			return ip
		}
	}
	if ip := addressOf(forwardedParameter(f.text[forwarded], "for")); ip != "" {
		return ip
	}
	if ip := firstAddress(f.text[clientIP]); ip != "" {
		return ip
	}
	return firstAddress(f.text[peerIP])
}

// firstAddress is the first address in a comma-separated list.
func firstAddress(list string) string {
	for list != "" {
		element, rest, _ := strings.Cut(list, ",")
		if ip := addressOf(element); ip != "" {
			return ip
		}
		list = rest
	}
	return ""
}

// addressOf reads an IP address in any form that producers write: with a port,
// in brackets, quoted, with a zone, IPv4 mapped to IPv6. Host names, socket
// paths and "unknown" give an empty string.
func addressOf(s string) string {
	s = strings.Trim(strings.TrimSpace(s), `"`)
	if s == "" || len(s) > 80 {
		return ""
	}
	if address, err := netip.ParseAddr(strings.Trim(s, "[]")); err == nil {
		return textOfAddress(address, s)
	}
	if withPort, err := netip.ParseAddrPort(s); err == nil {
		return textOfAddress(withPort.Addr(), "")
	}
	return ""
}

// textOfAddress avoids making a new string where the text already is in the
// usual form.
func textOfAddress(address netip.Addr, text string) string {
	if address.Is4() && text != "" {
		return text
	}
	return address.Unmap().WithZone("").String()
}

// forwardedParameter is a parameter of the first element of a Forwarded header
// (RFC 7239), or empty.
func forwardedParameter(value, name string) string {
	if value == "" {
		return ""
	}
	element, _, _ := strings.Cut(value, ",")
	for element != "" {
		var pair string
		pair, element, _ = strings.Cut(element, ";")
		key, text, _ := strings.Cut(strings.TrimSpace(pair), "=")
		if strings.EqualFold(key, name) {
			return strings.Trim(strings.TrimSpace(text), `"`)
		}
	}
	return ""
}
