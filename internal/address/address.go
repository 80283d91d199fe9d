// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package address

import (
	"net/netip"
	"strings"
)

// Best returns the first public address of a comma-separated list. If none is public,
// it returns the first address. The list may be a Forwarded header (RFC 7239).
func Best(list string) (ip string, public bool) {
	if address, ok := PlainIPv4(list); ok {
		return list, isPublicIPv4(address)
	}
	for list != "" {
		var element string
		element, list, _ = strings.Cut(list, ",")
		if strings.IndexByte(element, '=') >= 0 {
			element = ForwardedParameter(element, "for")
		}
		address, text := parseAddress(element)
		switch {
		case text == "":
		case IsPublic(address):
			return text, true
		case ip == "":
			ip = text
		}
	}
	return ip, false
}

// Parse returns the usual text of an IP address that is written in any form, or an
// empty text if s is no address.
func Parse(s string) string {
	_, text := parseAddress(s)
	return text
}

// parseAddress reads an IP address in any form that producers write: with a port, in
// brackets, in quotation marks, with a zone, after "for=", IPv4 mapped to IPv6. For
// host names, socket paths and "unknown" the text is empty.
func parseAddress(s string) (address netip.Addr, text string) {
	s = strings.TrimSpace(s)
	if len(s) > 4 && strings.EqualFold(s[:4], "for=") {
		s = s[4:]
	}
	if strings.HasPrefix(s, `"`) {
		s = strings.Trim(s, `"`)
	}
	if s == "" || len(s) > 80 {
		return netip.Addr{}, ""
	}
	bare := s
	if s[0] == '[' {
		bare = strings.Trim(s, "[]")
	}
	if address, err := netip.ParseAddr(bare); err == nil {
		return address, textOfAddress(address, s)
	}
	if withPort, err := netip.ParseAddrPort(s); err == nil {
		return withPort.Addr(), textOfAddress(withPort.Addr(), "")
	}
	return netip.Addr{}, ""
}

// textOfAddress returns the usual text of an address. If that is the given text, it
// returns the text itself and allocates nothing.
func textOfAddress(address netip.Addr, text string) string {
	if address.Is4() && text != "" && text[0] != '[' {
		return text
	}
	return address.Unmap().WithZone("").String()
}

// sharedAddresses is the range that providers use between themselves and their
// customers (RFC 6598).
var sharedAddresses = netip.MustParsePrefix("100.64.0.0/10")

// IsPublic reports whether an address belongs to the internet and not to the server's
// own network.
func IsPublic(address netip.Addr) bool {
	address = address.Unmap()
	return address.IsGlobalUnicast() && !address.IsPrivate() && !sharedAddresses.Contains(address)
}

// CutPort cuts the port off a text that always has one, even after an IPv6 address
// without brackets.
func CutPort(s string) string {
	if colon := strings.LastIndexByte(s, ':'); colon > 0 {
		return s[:colon]
	}
	return s
}

// ForwardedParameter returns a parameter of the first element of a Forwarded header
// (RFC 7239), or an empty text.
func ForwardedParameter(value, name string) string {
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
