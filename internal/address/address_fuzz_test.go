// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package address

import (
	"net/netip"
	"testing"

	"github.com/stretchr/testify/require"
)

// FuzzAddress shows that what is read is an address in its usual form, without a zone.
func FuzzAddress(f *testing.F) {
	for _, s := range []string{"203.0.113.9", "[2001:db8::7]:4711", "::ffff:203.0.113.9", "fe80::1%eth0", `"[::1]"`, "unknown", "1.2.3.4, 5.6.7.8:9", `for="[::1]:2";proto=https`, "socket://203.0.113.9:1", "a/203.0.113.9:1", "ipv6:%5B::1%5D:2", "2001:db8::7:51234"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		list, public := Best(s)
		chain, _ := Best("by=proxy;for=" + s)
		for _, ip := range []string{Parse(s), list, chain} {
			if ip == "" {
				continue
			}
			address, err := netip.ParseAddr(ip)
			require.NoError(t, err)
			require.Empty(t, address.Zone())
			require.Equal(t, ip, Parse(ip))
		}
		again, stillPublic := Best(list)
		require.Equal(t, list, again)
		require.Equal(t, public, stillPublic)
		require.Equal(t, list != "", IsBest(s, list, false))
		require.Equal(t, list != "", IsBest(s, list, public))
	})
}
