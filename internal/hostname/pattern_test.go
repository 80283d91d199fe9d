// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package hostname

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agentvisits/agentvisitsexporter/internal/uri"
	"github.com/agentvisits/agentvisitsexporter/internal/validation"
)

func TestSpellingsOfAHostAreOnePattern(t *testing.T) {
	for text, want := range map[string]Pattern{
		"www.example.com": "www.example.com", "WWW.Example.COM": "www.example.com", "www.example.com.": "www.example.com",
		"*.Example.com": ".example.com", "bücher.example": "xn--bcher-kva.example", "*.BÜCHER.example.": ".xn--bcher-kva.example",
		"[2001:DB8:0::1]": "2001:db8::1", "10.0.0.7": "10.0.0.7",
		"": "", "*": "", "*.": "", "**.a.example": "", "a.*.example": "", "*.10.0.0.7": "", "www.example.com:80": "", "a.example\t": "", "https://a.example": "",
	} {
		t.Run(text, func(t *testing.T) { assert.Equal(t, want, Read(text)) })
	}
}

func TestTheLeastWidePatternIsFound(t *testing.T) {
	among := map[Pattern]int{"a.b.example": 1, ".b.example": 2, ".example": 3, "10.0.0.7": 4}
	for p, want := range map[Pattern]int{
		"a.b.example": 1, "x.b.example": 2, "y.x.b.example": 2, "b.example": 3, ".b.example": 2, ".x.example": 3,
		"example": 0, "": 0, "10.0.0.7": 4, "110.0.0.7": 0, "a.b.example.test": 0,
	} {
		t.Run(string(p), func(t *testing.T) {
			found, ok := Find(among, p)
			assert.Equal(t, want, found)
			assert.Equal(t, want != 0, ok)
		})
	}
}

// FuzzPattern shows that what a message proposes is a pattern, that one reads as it
// writes itself, and that it is found for a host that it matches.
func FuzzPattern(f *testing.F) {
	for _, text := range []string{"www.example.com", "*.example.com", "https://example.com/a", ".example.com", "10.0.0.0/8", "[::1]:80", "Bücher.example", "**.a", "a@b:1", "*.a_b."} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		faults := validation.NewFaults()
		Check(faults, "hosts", []string{text}, "remove it")
		p := Read(text)
		require.Equal(t, p == "", faults.Err() != nil)
		if host := within(text); host != "" {
			require.NotEmpty(t, Read(host))
		}
		if p == "" {
			return
		}
		require.Equal(t, p, Read(p.String()))
		host := string(p)
		if host[0] == '.' {
			host = "a" + host
		}
		if uri.Host(host) == "" {
			return // too long
		}
		_, found := Find(map[Pattern]bool{p: true}, Pattern(uri.SiteName(uri.Host(host))))
		require.True(t, found)
	})
}
