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
		"socket://203.0.113.9:51234":        "203.0.113.9",
		"tcp://[2001:db8::7]:51234/":        "2001:db8::7",
		"ipv4:203.0.113.9:51234":            "203.0.113.9",
		"ipv6:%5B2001:db8::7%5D:51234":      "2001:db8::7",
		"ipv6:[2001:db8::7]:51234":          "2001:db8::7",
		"/203.0.113.9:51234":                "203.0.113.9",
		"www.example.com/203.0.113.9:51234": "203.0.113.9",
		"/[2001:db8::7]:51234":              "2001:db8::7",
		"2001:db8::7:51234":                 "2001:db8::7",
		"2001:db8:0:0:0:0:0:7:443":          "2001:db8::7",
		"::ffff:203.0.113.9:51234":          "203.0.113.9",
		"2001:db8::7:443":                   "2001:db8::7:443", // may be an address without a port
		"socket://www.example.com:51234":    "",
		"unix:///run/app.sock":              "",
		"://203.0.113.9":                    "203.0.113.9",
		"203.0.113.9:":                      "",
		"203.0.113.9:512345":                "",
		"203.0.113.9:80:80":                 "",
		"[203.0.113.9:80":                   "",
		"localhost:8080":                    "",
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
		`for="unknown;for=198.51.100.1", for=203.0.113.9`:        "203.0.113.9",
		", ,": "",
	} {
		t.Run(list, func(t *testing.T) {
			ip, _ := Best(list)
			assert.Equal(t, want, ip)
		})
	}
}

func TestTheBestAddressOfAListIsRecognised(t *testing.T) {
	for name, c := range map[string]struct {
		list, ip string
		want     bool
	}{
		"the same text":              {"203.0.113.9", "203.0.113.9", true},
		"with a port":                {"203.0.113.9:80, 10.0.0.7", "203.0.113.9", true},
		"another form":               {"[2001:DB8::7]:80", "2001:db8::7", true},
		"mapped to IPv6":             {"::ffff:203.0.113.9", "203.0.113.9", true},
		"not the first":              {"198.51.100.1, 203.0.113.9", "203.0.113.9", false},
		"after a private one":        {"10.0.0.7, 203.0.113.9", "203.0.113.9", true},
		"no address":                 {"unknown", "203.0.113.9", false},
		"no address and none wanted": {"unknown", "", false},
		"nothing":                    {"", "", false},
	} {
		t.Run(name, func(t *testing.T) {
			assert.Equal(t, c.want, IsBest(c.list, c.ip, false))
			if c.want {
				assert.Zero(t, testing.AllocsPerRun(10, func() { IsBest(c.list, c.ip, false) }))
			}
		})
	}
}

func TestAForwardedParameterStandsOutsideOfQuotationMarks(t *testing.T) {
	for header, want := range map[string]string{
		`for=203.0.113.9;host=www.example.com`:                       "www.example.com",
		`for="203.0.113.9;host=other.example";host=www.example.com`:  "www.example.com",
		`for="203.0.113.9, host=other.example";host=www.example.com`: "www.example.com",
		`for="a\";host=other.example";host="www.example.com:8443"`:   "www.example.com:8443",
		`for="203.0.113.9;host=other.example`:                        "",
		`for="203.0.113.9, host=other.example`:                       "",
		`for=203.0.113.9, host=www.example.com`:                      "",
		`HOST=www.example.com`:                                       "www.example.com",
	} {
		t.Run(header, func(t *testing.T) {
			assert.Equal(t, want, ForwardedParameter(header, "host"))
		})
	}
}
