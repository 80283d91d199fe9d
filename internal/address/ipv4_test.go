// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package address

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"testing"

	"github.com/stretchr/testify/assert"
)

// TestPlainAddressesAreReadAsByNetip compares PlainIPv4 with netip at the edges of all
// networks and for every wrong form.
func TestPlainAddressesAreReadAsByNetip(t *testing.T) {
	var written []string
	for _, first := range []int{0, 1, 9, 10, 11, 99, 100, 101, 126, 127, 128, 168, 169, 170, 171, 172, 173, 191, 192, 193, 203, 223, 224, 239, 240, 254, 255, 256, 999} {
		for _, second := range []int{0, 15, 16, 31, 32, 63, 64, 127, 128, 167, 168, 169, 253, 254, 255, 256} {
			written = append(written, fmt.Sprintf("%d.%d.0.0", first, second), fmt.Sprintf("%d.%d.255.255", first, second), fmt.Sprintf("%d.%d.0.1", first, second))
		}
	}
	written = append(written, "1.2.3", "1.2.3.", ".1.2.3", "1..2.3", "1.2.3.4.5", "01.2.3.4", "1.2.3.00", "1.2.3.4 ", " 1.2.3.4", "1.2.3.4:80", "1.2.3.a",
		"1234.1.1.1", "1.1.1.1111", "4294967297.1.1.1", "1.1.1.99999999999", "", "...", "0.0.0.0", "::1", "1,2,3,4")
	for _, s := range written {
		want, err := netip.ParseAddr(s)
		got, ok := PlainIPv4(s)
		assert.Equal(t, err == nil && want.Is4(), ok, s)
		if ok {
			bytes := want.As4()
			assert.Equal(t, binary.BigEndian.Uint32(bytes[:]), got, s)
			assert.Equal(t, IsPublic(want), isPublicIPv4(got), s)
		}
	}
}
