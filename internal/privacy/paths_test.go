// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package privacy

import (
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agentvisits/agentvisitsexporter/internal/uri"
	"github.com/agentvisits/agentvisitsexporter/internal/visit"
)

// rulesOf makes rules of patterns, each followed by its replacement.
func rulesOf(patterns ...string) *Rules {
	var c Config
	for i := 0; i < len(patterns); i += 2 {
		c.ReplaceInPaths = append(c.ReplaceInPaths, PathReplacement{Pattern: patterns[i], With: patterns[i+1]})
	}
	return New(&c, "")
}

func TestPatternsSeePathsAsPeopleReadThem(t *testing.T) {
	for promise, cases := range map[string][][4]string{ // pattern, replacement, path, result
		"no match tears an escape": {
			{`\d+`, "0", "/caf%C3%A9/12345/a%20b", "/caf%C3%A9/0/a%20b"},
			{`[0-9A-F]+`, "", "/a%41%42/%2F%C3%A9", "/a/%2F%C3%A9"},
			{`%`, "x", "/a%20b/100%25", "/a%20b/100x"},
			{`\b`, "-", "/a%20b", "/-a-%20-b-"},
			{`.`, "x", "/%C3%A9%FF", "xxx"},
		},
		"characters match as themselves, however they are escaped": {
			{`caf[é]`, "bar", "/caf%C3%A9/x", "/bar/x"},
			{`é`, "e", "/caf%c3%a9", "/cafe"},
			{`[^/]+@[^/]+`, "mail", "/u/anna%40example.com/x", "/u/mail/x"},
			{`b c`, "-", "/a%20b%20c%20d", "/a%20-%20d"},
			{`^/users/\pL+$`, "/users/-", "/users/%E6%97%A5%E6%9C%AC", "/users/-"},
			{`(?i)ZOË`, "-", "/zo%C3%AB", "/-"},
			{`a+`, "-", "/%61a%61", "/-"},
		},
		"an escape in a pattern stands for its character": {
			{`[^/]+(@|%40)[^/]+`, "mail", "/u/anna%40example.com/x", "/u/mail/x"},
			{`[^/]+(@|%40)[^/]+`, "mail", "/u/anna@example.com/x", "/u/mail/x"},
			{`caf%C3%A9`, "bar", "/caf%C3%A9", "/bar"},
			{`\%41[%42-%5A]`, "-", "/AC/AZ/A1", "/-/-/A1"},
			{`\Qa.%20(\E`, "-", "/a.%20(/ab%20(", "/-/ab%20("},
			{`\\%20`, "-", "/a%5C%20b%20c", "/a-b%20c"},
			{`%2540`, "-", "/a%2540b@", "/a-b@"},
		},
		"an escaped delimiter is none, and no control character ends a match": {
			{`/users/[^/]+`, "/users/-", "/users/a%2Fb/c", "/users/-/c"},
			{`/users/[^/?]+`, "/users/-", "/users/a%3Fb%23c/d", "/users/-/d"},
			{`/users/.*`, "/users/-", "/users/a%0Ab%00", "/users/-"},
			{`a%2Fb`, "-", "/a%2Fb/a/b", "/-/a/b"},
		},
		"a replacement becomes a part of a path": {
			{`\d+`, "a b", "/1", "/a%20b"},
			{`\d+`, "100%", "/1/%41", "/100%25/%41"},
			{`\d+`, "?a#b", "/1", "/%3Fa%23b"},
			{`\d+`, "é", "/1", "/%C3%A9"},
			{`\d+`, "%C3%A9", "/1", "/%C3%A9"},
			{`\d+`, "%4", "/11", "/%254"},
			{`\d`, "\n", "/1", "/%0A"},
			{`\d+`, "$1", "/1", "/$1"},
		},
		"a path begins with a slash, even if it went": {
			{`^/users`, "", "/users", "/"}, {`^/`, "", "/a", "/a"}, {`.+`, "gone", "/a%20b", "/gone"},
		},
	} {
		t.Run(promise, func(t *testing.T) {
			for _, c := range cases {
				want := c[3]
				if want[0] != '/' {
					want = "/" + want
				}
				assert.Equal(t, want, rulesOf(c[0], c[1]).replaceInPath(c[2]), "%s in %s", c[0], c[2])
			}
		})
	}
}

func TestPatternsApplyOneAfterTheOther(t *testing.T) {
	assert.Equal(t, "/%C3%A9/%C3%A9", rulesOf(`\d+`, "a b", `a b`, "é").replaceInPath("/1/a%20b"))
}

func TestReplacedPathsAreNoLongerThanOthersAndCountAsCut(t *testing.T) {
	for path, cut := range map[string]bool{"/" + strings.Repeat("a", visit.MaxTargetBytes-1): true, "/aa": false} {
		var text [visit.FieldCount]string
		var present visit.FieldSet
		v := visit.Visit{Path: path}
		v.Borrow(&text, &present)
		rulesOf("a", "é").Apply(&v)
		assert.Equal(t, cut, v.Cut)
		assert.LessOrEqual(t, len(v.Path), visit.MaxTargetBytes)
		assert.Equal(t, v.Path, uri.Escape(v.Path, uri.PathBytes))
	}
}

// FuzzReplaceInPaths compares with a path that is a list of units: what stays consists
// of whole units, and the result can be delivered.
func FuzzReplaceInPaths(f *testing.F) {
	for _, c := range [][3]string{
		{"café/12345/a b", `\d+`, "0"},
		{"%41%zz%", `[0-9A-F]`, "%"},
		{"a%2Fb\n", `.`, "a b?#é\x00"},
		{"%%25", `%25|\%41`, "%4"},
		{"\xff%FF", `\x{fffd}`, ""},
		{"a%E6%97", `\Q%E6\E`, "%E"},
		{"1", `\b|$`, "1"},
		{"a/b", `^/|a`, "%2"},
	} {
		f.Add(c[0], c[1], c[2])
	}
	unit := regexp.MustCompile(`%[0-9A-Fa-f]{2}|.`)
	f.Fuzz(func(t *testing.T, raw, pattern, with string) {
		replacement := PathReplacement{Pattern: pattern, With: with}
		p, err := newPathPattern(&replacement)
		if err != nil || len(pattern) > maxPatternBytes || len(raw)+len(with) > 500 {
			return
		}
		path := "/" + uri.Escape(raw, uri.PathBytes)
		left := New(&Config{ReplaceInPaths: []PathReplacement{replacement}}, "").replaceInPath(path)
		require.Equal(t, left, uri.Escape(left, uri.PathBytes), "every byte may stand in a path, and every escape is whole")
		require.Equal(t, byte('/'), left[0])
		_, err = url.ParseRequestURI("https://example.com" + left)
		require.NoError(t, err)

		units := unit.FindAllString(path, -1)
		decoded := decodePath(nil, path)
		require.Len(t, decoded, len(units), "each byte that a pattern sees is one unit")
		var want []string
		copied := 0
		for _, match := range p.pattern.FindAllIndex(decoded, -1) {
			want = append(append(want, units[copied:match[0]]...), uri.Escape(with, uri.PathBytes))
			copied = match[1]
		}
		whole := strings.Join(append(want, units[copied:]...), "")
		if !strings.HasPrefix(whole, "/") {
			whole = "/" + whole
		}
		require.Equal(t, whole, left)
	})
}
