// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package uri

import (
	"math/rand/v2"
	"net"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestOnlyHostsThatAURLCanHaveAreTaken(t *testing.T) {
	label := strings.Repeat("a", 63)
	for given, want := range map[string]string{
		"Example.com":                     "example.com",
		"example.com.":                    "example.com",
		"example.com:443":                 "example.com",
		"example.com:80":                  "example.com",
		"example.com:8443":                "example.com:8443",
		"example.com:65535":               "example.com:65535",
		"example.com:65536":               "example.com",
		"example.com:99999":               "example.com",
		"example.com:0":                   "example.com",
		"192.0.2.1:99999":                 "192.0.2.1",
		"[2001:db8::1]:8080":              "[2001:db8::1]:8080",
		"2001:db8::1":                     "[2001:db8::1]",
		"256.1.1.1":                       "",
		"1.2.3.4.5":                       "",
		"_":                               "",
		label + ".example.com":            label + ".example.com",
		label + "a.example.com":           "",
		strings.Repeat("a.", 126) + "com": "",
		"[2001:DB8:0:0::0:1]":             "[2001:db8::1]",
		"Bücher.Example":                  "xn--bcher-kva.example",
		"BÜCHER.example.:8443":            "xn--bcher-kva.example:8443",
		"bu\u0308cher.example":            "xn--bcher-kva.example",
		"XN--BCHER-KVA.example":           "xn--bcher-kva.example",
		"例え。テスト。":                         "xn--r8jz45g.xn--zckzah",
		"a_b.bücher.example":              "a_b.xn--bcher-kva.example",
		"b\xfccher.example":               "",
		"ü/..example":                     "",
		"a ü.example":                     "",
		strings.Repeat("ü", 63):           "",
		strings.Repeat("ü", 200):          "",
	} {
		t.Run(given, func(t *testing.T) {
			assert.Equal(t, want, Host(given))
		})
	}
}

// TestPlainHostsNeedNothing compares IsPlainHost with the functions that it spares.
func TestPlainHostsNeedNothing(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	parts := []string{"a", "b1", "1", "-", "_", ".", ".", ":", "A", "[", "0", "localhost", "com", strings.Repeat("x", 62), "é", " "}
	plain := 0
	for range 200_000 {
		var chosen []string
		for range 1 + random.IntN(6) {
			chosen = append(chosen, parts[random.IntN(len(parts))])
		}
		s := strings.Join(chosen, "")
		if !IsPlainHost(s) {
			continue
		}
		plain++
		name, port := SplitHost(s)
		require.Equal(t, s, strings.ToLower(name), "it is neither cut nor changed")
		require.Empty(t, port, s)
		require.True(t, isHostName(s), s)
		require.NotEqual(t, "localhost", s)
		require.Nil(t, net.ParseIP(s), s)
	}
	require.Greater(t, plain, 1000)
}

func TestNamesAreOfTheInternetOrOfANetwork(t *testing.T) {
	for host, want := range map[string][2]bool{ // public, of a network
		"example.com":                      {true, false},
		"example.com:8443":                 {true, false},
		"xn--bcher-kva.example":            {true, false},
		"cart":                             {false, true},
		"cart:8080":                        {false, true},
		"cart.shop.svc.cluster.local:8080": {false, true},
		"cart.shop.svc":                    {false, true},
		"web.internal":                     {false, true},
		"localhost":                        {false, false},
		"localhost:8080":                   {false, false},
		"10.0.0.7":                         {false, false},
		"203.0.113.80":                     {false, false},
		"[2a00:1450:4001:813::200e]:8080":  {false, false},
		"[::1]":                            {false, false},
		"":                                 {false, false},
		"8.8.8.8":                          {false, false},
		"cart.cluster.local.example.com":   {true, false},
		"1password.example.com":            {true, false},
		"0-a.local":                        {false, true},
	} {
		t.Run(host, func(t *testing.T) {
			assert.Equal(t, want[0], IsPublicName(host))
			assert.Equal(t, want[1], IsNetworkName(host))
		})
	}
}

// FuzzHost shows that a normalised host stays as it is when it is normalised again.
func FuzzHost(f *testing.F) {
	for _, s := range []string{"Example.com.", "example.com:8443", "203.0.113.9", "[2001:db8::7]:4711", "::ffff:203.0.113.9", "fe80::1%eth0", "Bücher.example.", "例え。テスト:80", `"[::1]"`, "unknown", "1.2.3.4, 5.6.7.8:9"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if h := Host(s); h != "" {
			require.Equal(t, h, Host(h))
			require.NotEqual(t, NoHost, QualityOf(h))
		}
	})
}
