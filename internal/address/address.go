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
	if list == "" {
		return "", false
	}
	if address, ok := PlainIPv4(list); ok {
		return list, isPublicIPv4(address)
	}
	address, written := best(list)
	return usualText(address, written), address.IsValid() && IsPublic(address)
}

// IsBest reports whether Best returns ip for a list. isPublic says that ip is known to be a
// public address; it only saves time.
func IsBest(list, ip string, isPublic bool) bool {
	if ip == "" || list == ip {
		return ip != ""
	}
	if isPublic && len(list) > len(ip) && list[len(ip)] == ',' && list[:len(ip)] == ip {
		return true
	}
	address, _ := best(list)
	wanted, err := netip.ParseAddr(ip)
	return err == nil && address.Unmap().WithZone("") == wanted
}

// best is the address that Best returns, and how an IPv4 address is written.
func best(list string) (first netip.Addr, written string) {
	for list != "" {
		var element string
		element, list, _ = strings.Cut(list, ",")
		if strings.IndexByte(element, '=') >= 0 {
			element = ForwardedParameter(element, "for")
		}
		switch address, text := parse(element); {
		case !address.IsValid():
		case IsPublic(address):
			return address, text
		case !first.IsValid():
			first, written = address, text
		}
	}
	return first, written
}

// sharedAddresses is the range that providers use between themselves and their
// customers (RFC 6598).
var sharedAddresses = netip.MustParsePrefix("100.64.0.0/10")

// IsPublic reports whether an address belongs to the internet and not to the server's
// own network.
func IsPublic(address netip.Addr) bool {
	address = address.Unmap().WithZone("")
	return address.IsGlobalUnicast() && !address.IsPrivate() && !sharedAddresses.Contains(address)
}
