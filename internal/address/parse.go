// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package address

import (
	"net/netip"
	"strings"
)

// Parse returns the usual text of an IP address that is written in any form, or an
// empty text if s is no address.
func Parse(s string) string {
	address, written := parse(s)
	return usualText(address, written)
}

// maxAddressBytes is more than any form of an address has.
const maxAddressBytes = 80

// parse reads an IP address in any form that producers write: with a port, in brackets,
// in quotation marks, with a zone, after "for=" or after the name of a kind of socket,
// IPv4 mapped to IPv6. For host names, socket paths and "unknown" the address is not
// valid. written is an IPv4 address as it stands in s, and empty for others.
func parse(s string) (address netip.Addr, written string) {
	s = strings.TrimSpace(s)
	if len(s) > 4 && strings.EqualFold(s[:4], "for=") {
		s = s[4:]
	}
	if strings.HasPrefix(s, `"`) {
		s = strings.Trim(s, `"`)
	}
	if s == "" || len(s) > maxAddressBytes {
		return netip.Addr{}, ""
	}
	s = withoutSocket(s)
	if address, written = parseBare(s); !address.IsValid() {
		address, written = parseBare(withoutPort(s))
	}
	if !address.Is4() {
		written = ""
	}
	return address, written
}

// parseBare reads an address without a port, in brackets or not.
func parseBare(s string) (address netip.Addr, written string) {
	if bare, ok := strings.CutPrefix(s, "["); ok {
		if s, ok = strings.CutSuffix(bare, "]"); !ok {
			return netip.Addr{}, ""
		}
	}
	if !mayBeAddress(s) {
		return netip.Addr{}, ""
	}
	if address, err := netip.ParseAddr(s); err == nil {
		return address, s
	}
	return netip.Addr{}, ""
}

// mayBeAddress keeps other texts from netip, whose errors cost memory.
func mayBeAddress(s string) bool {
	dots, colons := 0, 0
	for i := range len(s) {
		switch c := s[i]; {
		case c == '.':
			dots++
		case c == ':':
			colons++
		case c == '%': // a zone follows
			return colons > 1
		case (c < '0' || c > '9') && (c|0x20 < 'a' || c|0x20 > 'f'):
			return false
		}
	}
	return colons > 1 || colons == 0 && dots == 3
}

// withoutSocket cuts off what programs write before the address of a socket:
// "socket://" (Poem), "ipv4:" and "ipv6:" (gRPC, which escapes the brackets), and a
// slash, with the name of the host before it if that is known (Java).
func withoutSocket(s string) string {
	if s[0] >= '0' && s[0] <= '9' || s[0] == '[' {
		return s
	}
	if scheme, rest, ok := strings.Cut(s, "://"); ok && scheme != "" {
		return strings.TrimSuffix(rest, "/")
	}
	if slash := strings.LastIndexByte(s, '/'); slash >= 0 {
		return s[slash+1:]
	}
	if rest, ok := strings.CutPrefix(s, "ipv4:"); ok {
		return rest
	}
	if rest, ok := strings.CutPrefix(s, "ipv6:"); ok {
		return escapedBrackets.Replace(rest)
	}
	return s
}

var escapedBrackets = strings.NewReplacer("%5B", "[", "%5D", "]", "%5b", "[", "%5d", "]")

// withoutPort cuts off a port, or returns an empty text if there is none. Some producers
// write no brackets around an IPv6 address before it.
func withoutPort(s string) string {
	bare := CutPort(s)
	port := s[min(len(bare)+1, len(s)):]
	if port == "" || len(port) > len("65535") || strings.Trim(port, "0123456789") != "" {
		return ""
	}
	return bare
}

// usualText returns the usual text of an address, and an empty text for one that is
// not valid. If the address is written in its usual form, nothing is allocated.
func usualText(address netip.Addr, written string) string {
	switch {
	case !address.IsValid():
		return ""
	case written != "":
		return written
	}
	return address.Unmap().WithZone("").String()
}

// CutPort cuts the port off a text that always has one, even after an IPv6 address
// without brackets.
func CutPort(s string) string {
	if colon := strings.LastIndexByte(s, ':'); colon > 0 {
		return s[:colon]
	}
	return s
}
