// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// someRequests are an agent's, a person's whom ChatGPT sent, and a program's.
func someRequests() []*request {
	h := newHistory()
	h.add(scrunch("https://www.example.com/guides/llamas", gptBot, 200))
	sent := known("/pricing", "plan=ÄX", map[string]string{"user-agent": person, "referer": "https://chatgpt.com/", "host": "blog.example.com"})
	sent.Time = noon.UnixNano()
	h.add(sent)
	failed := known("/", "", map[string]string{"user-agent": "curl/8.5.0"})
	failed.Status = 503
	h.add(failed)
	return h.requests
}

func TestAFilterChoosesRequests(t *testing.T) {
	for query, want := range map[string]string{
		"":                       "gpt person curl",
		"agent=GPTBot":           "gpt",
		"agent=browser":          "person",
		"operator=openai":        "gpt",
		"purpose=training":       "gpt",
		"purpose=other":          "curl",
		"site=WWW.example.com":   "gpt",
		"status=503":             "curl",
		"status=5xx":             "curl",
		"status=errors":          "curl",
		"status=2xx":             "gpt person",
		"status=none":            "",
		"path=/":                 "curl",
		"path=/guides":           "gpt",
		"path=/guides/":          "gpt",
		"path=/gui":              "",
		"path=/*c*":              "person",
		"path=*s":                "gpt",
		"sent=ChatGPT":           "person",
		"q=äx":                   "person",
		"q=OPENAI":               "gpt",
		"q=curl/":                "curl",
		"q=example.com/guides":   "gpt",
		"q=/pricing%3Fplan=äx":   "person",
		"within=1h":              "person",
		"within=1h&agent=GPTBot": "",
		"agent=GPTBot&path=/guides/llamas&status=200": "gpt",
		"q=https://WWW.example.com/guides/llamas":     "gpt",
	} {
		t.Run(query, func(t *testing.T) {
			values, err := url.ParseQuery(query)
			require.NoError(t, err)
			f, err := parseFilter(values)
			require.NoError(t, err)
			var got []string
			for _, r := range f.choose(someRequests(), noon.Add(time.Minute)) {
				got = append(got, map[string]string{gptBot: "gpt", person: "person", "curl/8.5.0": "curl"}[r.UserAgent])
			}
			assert.Equal(t, want, strings.Join(got, " "))
		})
	}
}

func TestAPatternMatchesTheWholePath(t *testing.T) {
	for _, row := range []struct {
		pattern, path string
		want          bool
	}{
		{"*", "/", true},
		{"/*.pdf", "/a/b.pdf", true},
		{"/*.pdf", "/a/b.pdf.html", false},
		{"/a*a", "/a", false},
		{"/a*b*c", "/a-b-b-c", true},
		{"/a*b*c", "/a-c-b", false},
		{"**", "/x", true},
		{"/" + strings.Repeat("a*", 200), "/" + strings.Repeat("a", 5000) + "b", true},
		{"/" + strings.Repeat("a*", 200) + "c", "/" + strings.Repeat("a", 5000) + "b", false},
	} {
		assert.Equal(t, row.want, isBelow(row.pattern, row.path), "%.20s %.20s", row.pattern, row.path)
	}
}

func FuzzPatternsMatchAsRegularExpressionsDo(f *testing.F) {
	f.Add("/a*b*", "/a-b")
	f.Add("**", "")
	f.Add("/*.pdf", "/x.pdf\n")
	f.Fuzz(func(t *testing.T, pattern, path string) {
		if !utf8.ValidString(pattern) || !utf8.ValidString(path) {
			t.Skip("regular expressions replace what is no UTF-8")
		}
		parts := strings.Split(pattern, "*")
		for i, part := range parts {
			parts[i] = regexp.QuoteMeta(part)
		}
		want := regexp.MustCompile("(?s)^" + strings.Join(parts, ".*") + "$").MatchString(path)
		if len(parts) > 1 {
			assert.Equal(t, want, isBelow(pattern, path))
		}
	})
}
