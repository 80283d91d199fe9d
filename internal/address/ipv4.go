// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package address

// PlainIPv4 reads the form in which nearly all addresses are written: four numbers and
// nothing else. It never accepts what netip rejects.
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

// isPublicIPv4 is IsPublic for a plain address.
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
	{0, 1<<32 - 1},         // 0.0.0.0
	{1<<32 - 1, 1<<32 - 1}, // 255.255.255.255
}

// ownInitials are the first numbers of the addresses in ownNetworks.
var ownInitials = func() (set [256]bool) {
	for _, own := range &ownNetworks {
		for first := range uint32(256) {
			set[first] = set[first] || first<<24&own.mask == own.network&^(1<<24-1)&own.mask
		}
	}
	return set
}()

// network returns the network of addresses that share their first bits.
func network(first, second uint32, bits int) struct{ network, mask uint32 } {
	return struct{ network, mask uint32 }{first<<24 | second<<16, ^uint32(0) << (32 - bits)}
}
