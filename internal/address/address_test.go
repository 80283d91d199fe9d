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

func TestAddressIsReadInEveryShape(t *testing.T) {
	for text, want := range map[string]string{
		"203.0.113.9":                       "203.0.113.9",
		"203.0.113.9:51234":                 "203.0.113.9",
		"2001:DB8::7":                       "2001:db8::7",
		"[2001:db8::7]":                     "2001:db8::7",
		"[2001:db8::7]:4711":                "2001:db8::7",
		"::ffff:203.0.113.9":                "203.0.113.9",
		"[::ffff:203.0.113.9]:80":           "203.0.113.9",
		"fe80::1%eth0":                      "fe80::1",
		`"[2001:db8::7]:4711"`:              "2001:db8::7",
		`for="[2001:db8::7]:4711"`:          "2001:db8::7",
		"For=203.0.113.9":                   "203.0.113.9",
		"unknown":                           "",
		"_hidden":                           "",
		"-":                                 "",
		"unix:":                             "",
		"/run/app.sock":                     "",
		"www.example.com":                   "",
		"envoy://internal_client_address/":  "",
		"203.0.113":                         "",
		"203.0.113.9.8":                     "",
		"0x7f.1":                            "",
		`"><script>`:                        "",
		"203.0.113.9<script>alert</script>": "",
	} {
		assert.Equal(t, want, Parse(text), text)
	}
}

func TestPublicAddressOfAListComesFirst(t *testing.T) {
	for list, want := range map[string]string{
		"203.0.113.9, 10.0.0.7":                                  "203.0.113.9",
		"10.1.2.3, 203.0.113.9, 10.0.0.7":                        "203.0.113.9",
		"unknown, 203.0.113.9:80":                                "203.0.113.9",
		"10.0.0.7 ,  203.0.113.9 , x":                            "203.0.113.9",
		"10.1.2.3, 10.0.0.7":                                     "10.1.2.3",
		"100.64.0.1, 169.254.0.1, ::1":                           "100.64.0.1",
		"fd00::1,2001:db8::7":                                    "2001:db8::7",
		"for=10.0.0.7;proto=http, by=x;For=\"[2001:db8::7]:80\"": "2001:db8::7",
		"by=203.0.113.9;host=198.51.100.1":                       "",
		"for=unknown, for=_hidden;by=203.0.113.9":                "",
		", ,": "",
	} {
		ip, _ := Best(list)
		assert.Equal(t, want, ip, list)
	}
}

// TestPlainAddressesAreReadAsByNetip compares the short way with the long one,
// at the edges of all networks and at every wrong form.
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
