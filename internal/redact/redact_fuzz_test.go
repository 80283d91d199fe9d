// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package redact

import (
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agentvisits/agentvisitsexporter/internal/ascii"
	"github.com/agentvisits/agentvisitsexporter/internal/uri"
)

// FuzzRedact surrounds a secret value with anything at all. The value goes wherever it
// stands, and what is left is a part of a URL as before.
func FuzzRedact(f *testing.F) {
	for _, s := range []string{"a=b", "to=https%3A%2F%2F", "#", "%", "%2", "{%22a%22:", "a:/@/@/", "//@//@", ";", "<", "%25%2", "a=https://h%2", "q=a%20b&page=2", "%74oken=x", "%20token=x&a=b=c"} {
		f.Add(s, s)
	}
	// What is taken out may have ended something, which then goes on.
	f.Add("to=://", "/;@q")
	f.Add(":/", "&////\"@")
	f.Add("a\"\"@:/#\"\"/@o", "a:@/0//")
	f.Add("a@/@/@/", ":/")
	const secret = "s3cr3tcanary"
	f.Fuzz(func(t *testing.T, before, after string) {
		before, after = strings.ReplaceAll(before, secret, ""), strings.ReplaceAll(after, secret, "")
		if Builtin.Spare(before) {
			require.Equal(t, Builtin.Query(uri.Escape(uri.WithoutFragment(before), uri.QueryBytes)), before, "nothing that must go is spared")
		}
		for kind, bytes := range map[textKind]*ascii.ByteSet{queryText: uri.QueryBytes, pathText: uri.PathBytes, headerText: uri.QueryBytes} {
			text := uri.Escape(before+"&api_key=", bytes) + secret + uri.Escape(after, bytes)
			if kind == headerText {
				text = before + "&api_key=" + secret + after
			}
			once := Builtin.redact(text, kind)
			require.Equal(t, once, Builtin.redact(once, kind), "redacting twice changes nothing")
			require.NotContains(t, once, secret)
			if !strings.ContainsAny(before, "\"'\\%") { // otherwise the name may start earlier
				json := uri.Escape(before+`{"api_key" : "`, bytes) + secret + uri.Escape(after, bytes)
				if kind == headerText {
					json = before + `{"api_key" : "` + secret + after
				}
				hidden := Builtin.redact(json, kind)
				require.NotContains(t, hidden, secret)
				require.Equal(t, hidden, Builtin.redact(hidden, kind), "redacting JSON twice changes nothing")
			}
			if kind != headerText {
				_, err := url.PathUnescape(once)
				require.NoError(t, err)
				require.Equal(t, once, uri.Escape(once, bytes), "what was a part of a URL still is one")
			}
		}
	})
}

// FuzzUserInfo puts a URL with a password after anything at all.
func FuzzUserInfo(f *testing.F) {
	for _, s := range []string{"", "to=", "x=1&to=", "a?b#", "<", "https://u@", "/a;token=", `{"token":"`, "@L9=https://r\\(;", strings.Repeat("x", 300) + "="} {
		f.Add(s, "user")
	}
	const secret = "s3cr3tcanary"
	f.Fuzz(func(t *testing.T, before, user string) {
		if strings.ContainsAny(user, "/\\?#&<> \"%") || strings.Contains(before+user, secret) {
			return
		}
		for _, text := range []string{
			before + "https://" + user + ":" + secret + "@example.com/x",
			url.QueryEscape(before + "https://" + user + ":" + secret + "@example.com/x"),
			url.QueryEscape(url.QueryEscape(before + "https://" + user + ":" + secret + "@example.com/x")),
		} {
			for _, kind := range []textKind{queryText, pathText, headerText} {
				require.NotContains(t, Builtin.redact(text, kind), secret, text)
			}
		}
	})
}

// FuzzRedactTwice: redaction finds nothing in what it returns.
func FuzzRedactTwice(f *testing.F) {
	for _, s := range []string{
		"://%23;:%40@", "/:/%23%3C;%40", "//a@//b@//c@//d@//e@h", `{token:#x"s3"}`, `token=#"a"`, `tok#x"en=s3`, "token=a b;c@d", "a?b=://&/;@q",
		`:\%23";%40`, ":%2F:%23/%40", `a""@:/#""/@o`, `email://%253D\|%23https://h/ <&@%3Btoken}%253D#"%3D\#"`,
		`%3B%5C%22:%252F%2540%40//%40%2540//%2523(:%2540//%40/%5C%22token%3F%3F%2523(:%2540//%40:%3F%5Cu0026`,
		`:%5C%22://%252F%3F%3B:%3E%23%7B%3A%2540%23%2540//%20%2523%40%23:%252F%5C%22%5Cu0026&%3F%26%3B::&%3E%2526://%2540//%40%27:&%22%22`,
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for kind, bytes := range map[textKind]*ascii.ByteSet{queryText: uri.QueryBytes, pathText: uri.PathBytes, headerText: uri.QueryBytes} {
			for _, text := range []string{text, "/" + uri.Escape(text, bytes)} {
				once := Builtin.redact(text, kind)
				require.Equal(t, once, Builtin.redact(once, kind), "kind %d", kind)
			}
		}
	})
}

// FuzzRedactQuery takes any text for the secret itself.
func FuzzRedactQuery(f *testing.F) {
	for _, s := range []string{"a=b&token=s3cret", "user[password]=x;y=1", "to=https://u:p@h/?sig=1", "%74oken=x", "=&&=;", "a=b&key"} {
		f.Add(s, "s3cret")
	}
	f.Fuzz(func(t *testing.T, query, secret string) {
		once := Builtin.Query(query)
		require.Equal(t, once, Builtin.Query(once), "redacting twice changes nothing")
		if secret == "" || strings.ContainsAny(secret, "&;") || strings.Contains(redacted, secret) {
			return
		}
		got := Builtin.Query("a=1&access_token=" + secret)
		require.NotContains(t, got[len("a=1&access_token="):], secret)
	})
}
