// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package address

import (
	"net/netip"
	"strings"
)

// Best is the first public address in a comma-separated list, else the
// first, and whether it is public. The list may be a Forwarded header (RFC 7239).
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

// Parse is the text of an IP address in any form that producers write, or
// empty.
func Parse(s string) string {
	_, text := parseAddress(s)
	return text
}

// parseAddress reads an IP address in any form that producers write: with a
// port, in brackets, quoted, with a zone, as for=, IPv4 mapped to IPv6. Host names,
// socket paths and "unknown" have no text.
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

// textOfAddress is the usual form of an address. It returns the text itself if that
// is it, to allocate nothing.
func textOfAddress(address netip.Addr, text string) string {
	if address.Is4() && text != "" && text[0] != '[' {
		return text
	}
	return address.Unmap().WithZone("").String()
}

// sharedAddresses is the range that providers use between themselves and
// their customers (RFC 6598).
var sharedAddresses = netip.MustParsePrefix("100.64.0.0/10")

// IsPublic says whether an address belongs to the internet, and not to a network of
// the server's own.
func IsPublic(address netip.Addr) bool {
	address = address.Unmap()
	return address.IsGlobalUnicast() && !address.IsPrivate() && !sharedAddresses.Contains(address)
}

// PlainIPv4 reads an address as nearly all are written: four numbers and nothing
// else. What it accepts, netip accepts.
func PlainIPv4(s string) (address uint32, ok bool) {
	if len(s) < len("0.0.0.0") || len(s) > len("255.255.255.255") {
		return 0, false
	}
	number, digits, dots := uint32(0), 0, 0
	for i := range len(s) {
		c := s[i]
		switch {
		case c >= '0' && c <= '9' && (digits == 0 || number > 0):
			number = number*10 + uint32(c-'0')
			digits++
		case c != '.' || digits == 0 || number > 255:
			return 0, false
		default:
			address, number, digits = address<<8|number, 0, 0
			dots++
		}
	}
	return address<<8 | number, dots == 3 && digits > 0 && number <= 255
}

// isPublicIPv4 is isPublic for a plain address.
func isPublicIPv4(address uint32) bool {
	if !ownInitials[address>>24] {
		return true
	}
	for _, own := range &ownNetworks {
		if address&own.mask == own.network {
			return false
		}
	}
	return true
}

// ownNetworks are the IPv4 networks that are not public.
var ownNetworks = [...]struct{ network, mask uint32 }{
	network(10, 0, 8), network(192, 168, 16), network(172, 16, 12), network(127, 0, 8), network(100, 64, 10),
	network(169, 254, 16), network(224, 0, 4),
	{0, 1<<32 - 1},
	{1<<32 - 1, 1<<32 - 1},
}

// ownInitials are the numbers that addresses of ownNetworks begin with.
var ownInitials = func() (set [256]bool) {
	for _, own := range &ownNetworks {
		for first := range uint32(256) {
			set[first] = set[first] || first<<24&own.mask == own.network&^(1<<24-1)&own.mask
		}
	}
	return set
}()

func network(first, second uint32, bits int) struct{ network, mask uint32 } {
	return struct{ network, mask uint32 }{first<<24 | second<<16, ^uint32(0) << (32 - bits)}
}

// CutPort cuts off a port that always stands there, also after an IPv6 address
// without brackets.
func CutPort(s string) string {
	if colon := strings.LastIndexByte(s, ':'); colon > 0 {
		return s[:colon]
	}
	return s
}

// ForwardedParameter is a parameter of the first element of a Forwarded header
// (RFC 7239), or empty.
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
