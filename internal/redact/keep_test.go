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
	for query, want := range map[string]string{
		"":                           unchanged,
		"page=1":                     unchanged,
		"page":                       unchanged,
		"page=":                      unchanged,
		"PAGE=1&utm_source=x":        unchanged,
		"page=1&ref=2&page=3":        unchanged,
		"page=1;ref=2":               unchanged,
		"p%61ge=1&%2570age=2":        unchanged,
		"page=a%20b+c,d/e:f":         unchanged,
		"page=YWJj==&ref=YWI%3D":     unchanged,
		"page==1":                    unchanged,
		"page=1%26ref=2":             unchanged,
		"page%3D1":                   unchanged,
		"ref=/guides%3Fpage=2":       unchanged,
		"page=ref=2":                 unchanged,
		"page={%22a%22:1}":           unchanged,
		"gr%C3%B6%C3%9Fe=1":          unchanged,
		"utm_source[]=a&utm-medium=": unchanged,

		"customer=bob":                                     "",
		"customer":                                         "",
		"page=1&customer=bob&ref=2":                        "page=1&ref=2",
		"page=1;customer=bob":                              "page=1",
		"page=1;customer":                                  "page=1",
		"page=1;ref=2;customer=bob":                        "page=1;ref=2",
		"customer=bob;page=1":                              "",
		"page=1;;customer=bob&ref=2":                       "page=1&ref=2",
		"page=1%3Bcustomer=bob":                            "page=1",
		"page=1%26customer=bob":                            "page=1",
		"page=1%26customer%3Dbob":                          "page=1",
		"page=1%2526customer%253Dbob":                      "page=1",
		"page=1%u0026customer=bob":                         "page=1",
		"page=1%5Cu0026customer=bob":                       "page=1",
		"page=1&amp;customer=bob":                          "page=1",
		"page=1%26amp%3Bcustomer%3Dbob":                    "page=1",
		"page=1&#38;customer=bob":                          "page=1",
		"page=1?customer=bob":                              "page=1",
		"page=1%3Fcustomer=bob":                            "page=1",
		"page=1,customer=bob":                              "page=1",
		"page=1+customer=bob":                              "page=1",
		"page=1%20customer=bob":                            "page=1",
		"page=1|customer=bob":                              "page=1",
		"page=1%0Acustomer=bob":                            "page=1",
		"page=1%23customer=bob":                            "page=1",
		"page=1%00customer=bob":                            "page=1",
		"page=1%E3%80%82customer=bob":                      "page=",
		"page=customer=bob":                                "page=",
		"page=customer%3Dbob":                              "page=",
		"page=ref=customer=bob":                            "page=ref=",
		"page=YWJj==,customer=bob":                         "page=",
		"page%26customer=bob":                              "page",
		"page;customer=bob":                                "page",
		"customer=a%26page=bob":                            "",
		"customer=https://h/?page=bob":                     "",
		"ref=https://h/x?customer=bob&page=1":              "ref=https://h/x&page=1",
		"ref=https%3A%2F%2Fh%2F%3Fpage%3D1%26customer%3Db": "ref=https%3A%2F%2Fh%2F%3Fpage%3D1",
		"utm_source%26customer=bob":                        "utm_source",
		"utm_source%26customer":                            "utm_source",
		"utm_source,customer=bob":                          "",
		"utm_source+customer=bob":                          "",
		"utm_source%3Dx":                                   "utm_source%3Dx",
		"utm_source%3Dx%26customer%3Dbob":                  "utm_source%3Dx",
		"bob%20page=1":                                     "",
		"%E6%97%A5page=1":                                  "",
		"page2=1&pages=1&a.page=1&page[bob]=1":             "",
		"&&page=1&&":                                       "page=1",
		"page=1;":                                          "page=1",
		"page=1%3B&ref=2%3F":                               "page=1&ref=2",
		"=bob&=&;=bob":                                     "",
	} {
		if want == unchanged {
			want = query
		}
		a := NewAllowList([]string{"page", "Ref", "utm_*", "größe"})
		assert.Equal(t, want, a.Query(query), query)
		assert.Equal(t, want, a.Query(want), "%q, once more", query)
		assert.Empty(t, NewAllowList(nil).Query(query))
	}
}

func TestOnlyPairsOfAllowedKeysStayInURLsOfAHeader(t *testing.T) {
	for text, want := range map[string]string{
		"":                  unchanged,
		"https://h/a=b&c":   unchanged,
		"https://h/?page=1": unchanged,
		`<https://h/?page=1>; rel="next", </b?page=2>; rel="x"`: unchanged,
		`profile="/a?page=1"; x="?"`:                            `profile="/a?page=1"; x=""`,

		"https://h/?customer=bob":                                                "https://h/",
		"https://h/?page=1&customer=bob":                                         "https://h/?page=1",
		"https://h/?page=1;customer=bob":                                         "https://h/?page=1",
		"https://h/?page=1?customer=bob":                                         "https://h/?page=1",
		"https://h/?page=1 customer=bob":                                         "https://h/?page=1",
		"https://h/?customer=john smith":                                         "https://h/",
		"https://h/?customer=a>bob":                                              "https://h/",
		`https://h/?customer="bob"`:                                              "https://h/",
		"https://h/?customer=bob, https://h/?page=1":                             "https://h/",
		`<https://h/?customer="bob">; rel="next", </b?page=2&customer=bob>;a`:    `<https://h/>; rel="next", </b?page=2>;a`,
		`</a>; anchor="/b?customer=<bob>&page=1"; x="y"`:                         `</a>; anchor="/b?page=1"; x="y"`,
		"https://h/to/https%3A%2F%2Fx%2F%3Fcustomer%3Dbob":                       "https://h/to/https%3A%2F%2Fx%2F",
		"https://h/to/https%3A%2F%2Fx%2F%3Fpage%3D1%26customer%3Dbob?b=1&page=2": "https://h/to/https%3A%2F%2Fx%2F%3Fpage%3D1&page=2",
		"<https://h/?page=1":                                                     unchanged,
	} {
		if want == unchanged {
			want = text
		}
		a := NewAllowList([]string{"page"})
		assert.Equal(t, want, a.Header(text), text)
		assert.Equal(t, want, a.Header(want), "%q, once more", text)
	}
	assert.Equal(t, `</a>; rel="next"`, NewAllowList(nil).Header(`</a?page=1>; rel="next"`))
}

// FuzzAllowList surrounds another key's value with anything at all. Nothing of it
// stays, and however what stays is decoded, no word before "=" is another key.
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
