// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package redact

import (
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestOnlyPairsOfAllowedKeysStayInAQuery(t *testing.T) {
	a := NewAllowList([]string{"page", "Ref", "utm_*", "größe", "Zip"})
	redactions{
		"pairs of allowed keys stay": {
			"page=1;ref=2;page=3": unchanged,
			"":                    unchanged,
			"page=1":              unchanged,
			"page":                unchanged,
			"page=":               unchanged,
			"page=1&ref=2&page=3": unchanged,
			"page=1;ref=2":        unchanged,
		},
		"keys are compared without case, separators and escapes": {
			"ZIP=1&zIp=2&p-a_g.e=1":      unchanged,
			"PAGE=1&utm_source=x":        unchanged,
			"p%61ge=1&%2570age=2":        unchanged,
			"gr%C3%B6%C3%9Fe=1":          unchanged,
			"utm_source[]=a&utm-medium=": unchanged,
		},
		"values may have anything that starts no other key": {
			"page=a%20b+c,d/e:f":     unchanged,
			"page=YWJj==&ref=YWI%3D": unchanged,
			"page==1":                unchanged,
			"page={%22a%22:1}":       unchanged,
		},
		"pairs within a value stay if their keys are allowed": {
			"page=1%26ref=2":       unchanged,
			"page%3D1":             unchanged,
			"ref=/guides%3Fpage=2": unchanged,
			"page=ref=2":           unchanged,
			"utm_source%3Dx":       "utm_source%3Dx",
		},
		"other keys go with their values": {
			"customer=bob":                         "",
			"customer":                             "",
			"page=1&customer=bob&ref=2":            "page=1&ref=2",
			"page2=1&pages=1&a.page=1&page[bob]=1": "",
		},
		"what may be a part of another key's value goes with it": {
			"customer=bob;page=1":          "",
			"customer=a%26page=bob":        "",
			"customer=https://h/?page=bob": "",
			"bob%20page=1":                 "",
			"%E6%97%A5page=1":              "",
		},
		"a value ends where another key starts after a separator": {
			"page=1;customer=bob":        "page=1",
			"page=1;customer":            "page=1",
			"page=1;ref=2;customer=bob":  "page=1;ref=2",
			"page=1;;customer=bob&ref=2": "page=1&ref=2",
			"page=1?customer=bob":        "page=1",
		},
		"a separator may be escaped": {
			"page=1%3Bcustomer=bob":           "page=1",
			"page=1%26customer=bob":           "page=1",
			"page=1%26customer%3Dbob":         "page=1",
			"page=1%2526customer%253Dbob":     "page=1",
			"page=1%u0026customer=bob":        "page=1",
			"page=1%5Cu0026customer=bob":      "page=1",
			"page=1%3Fcustomer=bob":           "page=1",
			"page%26customer=bob":             "page",
			"page;customer=bob":               "page",
			"utm_source%26customer=bob":       "utm_source",
			"utm_source%26customer":           "utm_source",
			"utm_source%3Dx%26customer%3Dbob": "utm_source%3Dx",
		},
		"HTML may have escaped an ampersand": {
			"page=1&amp;customer=bob":       "page=1",
			"page=1%26amp%3Bcustomer%3Dbob": "page=1",
			"page=1&#38;customer=bob":       "page=1",
		},
		"a value ends where another key starts after any other delimiter": {
			"page=1,customer=bob":   "page=1",
			"page=1+customer=bob":   "page=1",
			"page=1%20customer=bob": "page=1",
			"page=1|customer=bob":   "page=1",
			"page=1%0Acustomer=bob": "page=1",
			"page=1%23customer=bob": "page=1",
			"page=1%00customer=bob": "page=1",
		},
		"a word right before an equals sign is a key": {
			"page=1%E3%80%82customer=bob": "page=",
			"page=customer=bob":           "page=",
			"page=customer%3Dbob":         "page=",
			"page=ref=customer=bob":       "page=ref=",
			"page=YWJj==,customer=bob":    "page=",
		},
		"the URL in a value loses its query, and no more": {
			"ref=https://h/x?customer=bob&page=1":              "ref=https://h/x&page=1",
			"ref=https%3A%2F%2Fh%2F%3Fpage%3D1%26customer%3Db": "ref=https%3A%2F%2Fh%2F%3Fpage%3D1",
		},
		"a star stands for no delimiter": {
			"utm_source,customer=bob": "",
			"utm_source+customer=bob": "",
		},
		"separators without a pair go": {
			"&&page=1&&":         "page=1",
			"page=1;":            "page=1",
			"page=1%3B&ref=2%3F": "page=1&ref=2",
			"=bob&=&;=bob":       "",
		},
	}.check(t, func(query string) string {
		left := a.Query(query)
		assert.Equal(t, left, a.Query(left), "%q, once more", query)
		assert.Empty(t, NewAllowList(nil).Query(query))
		return left
	})
}

func TestOnlyPairsOfAllowedKeysStayInURLsOfAHeader(t *testing.T) {
	a := NewAllowList([]string{"page"})
	redactions{
		"headers without queries stay": {
			"":                unchanged,
			"https://h/a=b&c": unchanged,
		},
		"pairs of allowed keys stay": {
			"https://h/?page=1": unchanged,
			`<https://h/?page=1>; rel="next", </b?page=2>; rel="x"`: unchanged,
			"<https://h/?page=1": unchanged,
		},
		"other keys go with their values": {
			"https://h/?customer=bob":                                             "https://h/",
			"https://h/?page=1&customer=bob":                                      "https://h/?page=1",
			"https://h/?page=1;customer=bob":                                      "https://h/?page=1",
			"https://h/?page=1?customer=bob":                                      "https://h/?page=1",
			`<https://h/?customer="bob">; rel="next", </b?page=2&customer=bob>;a`: `<https://h/>; rel="next", </b?page=2>;a`,
		},
		"a query without brackets or quotation marks goes up to the end": {
			"https://h/?page=1 customer=bob":             "https://h/?page=1",
			"https://h/?customer=john smith":             "https://h/",
			"https://h/?customer=a>bob":                  "https://h/",
			`https://h/?customer="bob"`:                  "https://h/",
			"https://h/?customer=bob, https://h/?page=1": "https://h/",
		},
		"brackets and quotation marks end a query": {
			`profile="/a?page=1"; x="?"`:                     `profile="/a?page=1"; x=""`,
			`</a>; anchor="/b?customer=<bob>&page=1"; x="y"`: `</a>; anchor="/b?page=1"; x="y"`,
		},
		"a bracket or a quotation mark within a URL ends nothing": {
			`https://h/"?page=1"&customer=bob`:              `https://h/"?page=1"`,
			"https://h/<x?page=1>&customer=bob":             "https://h/<x?page=1>",
			`<https://h/?page=1>&customer=bob>; rel="next"`: `<https://h/?page=1>>; rel="next"`,
		},
		"an escaped URL within a path is a URL as well": {
			"https://h/to/https%3A%2F%2Fx%2F%3Fcustomer%3Dbob":                       "https://h/to/https%3A%2F%2Fx%2F",
			"https://h/to/https%3A%2F%2Fx%2F%3Fpage%3D1%26customer%3Dbob?b=1&page=2": "https://h/to/https%3A%2F%2Fx%2F%3Fpage%3D1&page=2",
		},
	}.check(t, func(text string) string {
		left := a.Header(text)
		assert.Equal(t, left, a.Header(left), "%q, once more", text)
		return left
	})
	assert.Equal(t, `</a>; rel="next"`, NewAllowList(nil).Header(`</a?page=1>; rel="next"`))
}

// FuzzAllowList surrounds the value of a key that is not in the list with anything at
// all. Nothing of the value stays. However often what stays is decoded, no word before
// "=" is another key.
func FuzzAllowList(f *testing.F) {
	for _, s := range []string{"", "page=1&", "page=1;", "page=1%26", "page=1%2526amp%253B", "page=https://h/?", "page=a,", "page=a=", "page==", "page", "%", "page=\xff", `page=\u0026`, "page%3D"} {
		f.Add(s, s)
	}
	const value = "bobcanary"
	a := NewAllowList([]string{"page"})
	f.Fuzz(func(t *testing.T, before, after string) {
		if strings.Contains(strings.ToLower(decodeAll(before+after)), "canary") {
			return
		}
		for _, query := range []string{
			before + "customer=" + value + after, before + "&customer=" + value + after, before + ";customer=" + value + after,
			before + "&customer=" + after + value, before + url.QueryEscape("&customer="+value) + after, before + url.QueryEscape(url.QueryEscape("?customer="+value)) + after,
		} {
			left := a.Query(query)
			require.Equal(t, left, a.Query(left), "keeping twice changes nothing")
			for part := range strings.FieldsFuncSeq(decodeAll(left), func(r rune) bool { return strings.ContainsRune("&;?", r) }) {
				key, rest, _ := strings.Cut(part, "=")
				require.True(t, a.has(key), "%q of %q", key, query)
				for rest = strings.TrimRight(rest, "="); strings.Contains(rest, "="); _, rest, _ = strings.Cut(rest, "=") {
					word, _, _ := strings.Cut(rest, "=")
					word = word[strings.LastIndexFunc(word, func(r rune) bool { return r < 0x80 && !keyWordBytes[byte(r)] })+1:]
					require.True(t, word == "" || a.has(word), "%q of %q", word, query)
				}
			}
			require.NotContains(t, a.Header("https://h/?"+query), "customer="+value)
		}
		require.NotContains(t, a.Query("customer="+value+after), value)
		require.NotContains(t, a.Query(before+"&customer="+value+after), value)
	})
}
