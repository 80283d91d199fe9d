// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package privacy

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestPatternsSeeThePathsOfURLsInHeaders(t *testing.T) {
	for promise, cases := range map[string][][4]string{ // pattern, replacement, header, result
		"a path begins after the host": {
			{`^/users/[^/]+`, "/users/-", "https://shop.example/users/anna/orders", "https://shop.example/users/-/orders"},
			{`^/users/[^/]+`, "/users/-", "https://shop.example:8443/users/anna?page=2", "https://shop.example:8443/users/-?page=2"},
			{`^/users/[^/]+`, "/users/-", "//shop.example/users/anna", "//shop.example/users/-"},
			{`^/users/[^/]+`, "/users/-", "/users/anna", "/users/-"},
			{`^/users/[^/]+`, "/users/-", "https://shop.example/all/users/anna", "https://shop.example/all/users/anna"},
		},
		"a path ends before the query": {
			{`/users/\pL+$`, "/users/-", "https://shop.example/users/jos%C3%A9?page=2", "https://shop.example/users/-?page=2"},
			{`/users/\pL+$`, "/users/-", "/users/anna?page=2", "/users/-?page=2"},
			{`^/users/[^/]+`, "/users/-", "https://shop.example/users/anna&leo?a&b", "https://shop.example/users/-?a&b"},
		},
		"each URL of a header has a path": {
			{
				`^/users/[^/]+$`, "/users/-", `<https://shop.example/users/anna>; rel="next", </users/leo?x>; rel="prev"`,
				`<https://shop.example/users/->; rel="next", </users/-?x>; rel="prev"`,
			},
			{`^/users/[^/]+`, "/users/-", "/login?next=/users/anna&u=https://a.example/users/leo", "/login?next=/users/-&u=https://a.example/users/-"},
			{`^/users/[^/]+`, "/users/-", `profile="https://a.example/users/leo"`, `profile="https://a.example/users/-"`},
		},
		"a path begins with a slash, even if it went": {
			{`^/users/[^/]+`, "gone", "https://shop.example/users/anna?x", "https://shop.example/gone?x"},
			{`^/`, "", "https://shop.example/", "https://shop.example/"},
		},
		"the whole header is seen as well": {
			{`^https://shop.example/users/[^/]+`, "-", "https://shop.example/users/anna/x", "-/x"},
			{`[^/=]+@[^/]+`, "mail", "https://shop.example/x?u=anna@mail.example", "https://shop.example/x?u=mail"},
			{`b/c`, "-", "a/b/c", "a/-"},
		},
		"a slash within a word begins no path": {
			{`^/1`, "-", "example/1 (https://shop.example)", "example/1 (https://shop.example)"},
		},
	} {
		t.Run(promise, func(t *testing.T) {
			for _, c := range cases {
				assert.Equal(t, c[3], rulesOf(c[0], c[1]).inURLs(c[2]), "%s in %s", c[0], c[2])
			}
		})
	}
}

func TestPatternsApplyToHeadersOneAfterTheOther(t *testing.T) {
	assert.Equal(t, "https://shop.example/c/y", rulesOf(`^/a/`, "/b/", `^/b/x`, "/c/y", `^/a`, "/no").inURLs("https://shop.example/a/x"))
}

func TestPatternsSeeInAPathWhatTheySeeInAURL(t *testing.T) {
	for name, patterns := range map[string][]string{
		"one takes the slash, and the next wants it":   {`^/users/`, "", `^/anna`, "/-"},
		"one takes the slash, and the next wants none": {`^/users/`, "", `^anna`, "-"},
		"one takes all":                {`^/users/.+$`, "", `^/$`, "/gone"},
		"one puts a word in its place": {`^/users/`, "people/", `^/people/[^/]+`, "/-"},
	} {
		t.Run(name, func(t *testing.T) {
			rules := rulesOf(patterns...)
			assert.Equal(t, rules.inURLs("https://shop.example/users/anna/x"), "https://shop.example"+rules.replaceInPath("/users/anna/x"))
		})
	}
}

func TestAHeaderOfSlashesTakesLinearTime(t *testing.T) {
	for _, unit := range []string{"/", "//", "://", "</", "=//a", "a/"} {
		text := strings.Repeat(unit, 1<<20/len(unit))
		assert.Equal(t, text, rulesOf(`^/none$`, "/-").replaceInHeader(text), unit)
	}
}

// FuzzPathsOfHeaders: whatever a header holds, its paths follow one another, each begins with
// a slash, and a pattern that matches none of them changes nothing.
func FuzzPathsOfHeaders(f *testing.F) {
	for _, text := range []string{"https://shop.example/a?b=/c&d", "</a>; rel=x, <//h/b#c>", "://", "//", "/", "a/b", "?u=//h", `"https://h"`} {
		f.Add(text)
	}
	none := rulesOf(`^/\x{10fffe}$`, "gone")
	f.Fuzz(func(t *testing.T, text string) {
		paths, last := pathScanner{text: text}, 0
		for start, end := paths.next(); start < end; start, end = paths.next() {
			assert.Equal(t, byte('/'), text[start])
			assert.GreaterOrEqual(t, start, last)
			last = end
		}
		assert.Equal(t, text, none.replaceInHeader(text))
	})
}
