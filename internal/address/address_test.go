// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package address

import (
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
		t.Run(text, func(t *testing.T) {
			assert.Equal(t, want, Parse(text))
		})
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
		t.Run(list, func(t *testing.T) {
			ip, _ := Best(list)
			assert.Equal(t, want, ip)
		})
	}
}
