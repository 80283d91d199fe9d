// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package uri

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestReferencesAreCutIntoTheirParts(t *testing.T) {
	for text, want := range map[string]Reference{
		"":                                  {},
		"/p?q=1#f":                          {Path: "/p", Query: "q=1"},
		"/p?":                               {Path: "/p"},
		"?q":                                {Query: "q"},
		"p/q":                               {Path: "p/q"},
		"//h.example/p":                     {Path: "//h.example/p"},
		"https://h.example":                 {Scheme: "https", Authority: "h.example", Path: "/"},
		"https://h.example?q":               {Scheme: "https", Authority: "h.example", Path: "/", Query: "q"},
		"https://user:pw@h.example:8443/p":  {Scheme: "https", Authority: "h.example:8443", Path: "/p"},
		"https://h.example/p@q?to=http://x": {Scheme: "https", Authority: "h.example", Path: "/p@q", Query: "to=http://x"},
		"h2c.1://h.example/p":               {Path: "h2c.1://h.example/p"},
	} {
		t.Run(text, func(t *testing.T) {
			assert.Equal(t, want, Split(text))
		})
	}
}

func TestSchemesAreReadInEveryForm(t *testing.T) {
	for text, want := range map[string]string{
		"http": "http", "https": "https", "HTTPS": "https", "Http\t": "http", "ws": "http", "wss": "https",
		"": "", "HTTP/1.1": "", "h2": "", "ftp": "",
	} {
		t.Run(text, func(t *testing.T) {
			assert.Equal(t, want, SchemeOf(text))
		})
	}
}

func TestOnlyWhatNeedsItIsEscaped(t *testing.T) {
	for text, want := range map[string]string{
		"/a b":  "/a%20b",
		"/é":    "/%C3%A9",
		"/a%20": "/a%20",
		"/100%": "/100%25",
		"/%zz":  "/%25zz",
		"/a|b":  "/a%7Cb",
		"/a:@b": "/a:@b",
	} {
		t.Run(text, func(t *testing.T) {
			assert.Equal(t, want, Escape(text, PathBytes))
		})
	}
	assert.LessOrEqual(t, len(Escape(strings.Repeat("é", maxEscapedBytes), PathBytes)), maxEscapedBytes+2)
}

func TestTextsAreNeverCutWithinAnEscape(t *testing.T) {
	for limit, want := range []string{"", "/", "/", "/", "/%20", "/%20a", "/%20a"} {
		assert.Equal(t, want, Cut("/%20a", limit), limit)
	}
	assert.Empty(t, Cut("/p", -1))
}

func TestPercentEscapesAreUndoneTwice(t *testing.T) {
	for text, want := range map[string]string{"a": "a", "a%20b": "a b", "a%2520b": "a b", "%": "%", "%2": "%2", "%zz": "%zz", "%25": "%"} {
		t.Run(text, func(t *testing.T) {
			assert.Equal(t, want, UnescapePercent(text))
		})
	}
}
