// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package redact

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/agentvisits/agentvisitsexporter/internal/uri"
)

func TestUsualQueriesAreSpared(t *testing.T) {
	for name, queries := range map[string][]string{
		"no query":                 {""},
		"usual keys":               {"utm_source=chatgpt.com", "page=2&lang=de", "flag", "a=b=c"},
		"escapes of other letters": {"q=%C3%BC", "q=%E2%80%93", "q=%21%2a"},
		"escaped spaces":           {"q=a%20b&page=2"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, query := range queries {
				assert.True(t, Builtin.Spare(query), query)
				assert.Equal(t, query, Builtin.Query(uri.Escape(query, uri.QueryBytes)), "nothing would change")
			}
		})
	}
	for name, queries := range map[string][]string{
		"secret keys":           {"token=s", "a=token=s", "%74oken=s", "a%20token=s", "a&token=s", "a=1&code=s", "token%20=s", "policy=returns"},
		"escapes that delimit":  {"q=a%26token%3Ds", "q=%23", "q=%00"},
		"bytes that have to go": {"a=b#c", "a=\"", "a=\xc3\xbc"},
		"tokens":                {"a=" + aToken, "a=x%20" + aToken + "&b=1", "a=Bearer%20" + aToken[4:]},
		"escapes of letters":    {"q=%61", "q=%2e"},
		"escapes that are none": {"a=%zz", "a=%", "a=%2"},
	} {
		t.Run(name+" are looked at", func(t *testing.T) {
			for _, query := range queries {
				assert.False(t, Builtin.Spare(query), query)
			}
		})
	}
	for _, key := range usualKeys {
		assert.Equal(t, harmless, Builtin.secrecy(key), "%s is no usual key: it may be secret", key)
	}
}

func TestNoTextWithASignOfASecretIsTame(t *testing.T) {
	for length := 8; length <= 24; length++ {
		text := []byte(strings.Repeat("a", length))
		assert.True(t, IsTame(string(text)))
		for at := range text {
			for c := range 256 {
				text[at] = byte(c)
				isWild := secretBorders[c] || MaySignToken(byte(c)) || c == ' ' || c > 0x7f
				assert.False(t, isWild && IsTame(string(text)), "%q", text)
				assert.True(t, c != '/' && c != '.' && c != '7' || IsTame(string(text)), "%q", text)
			}
			text[at] = 'a'
		}
	}
}

// A text is scanned eight bytes at a time. So secrets stand after texts of any length,
// with other scripts in them.
func TestSecretsInQuotationMarksAreFoundWhereverTheyStand(t *testing.T) {
	for length := range 20 {
		for _, filler := range []string{"a", "é", "日"} {
			before := "https://h/" + strings.Repeat(filler, length)
			for given, want := range map[string]string{
				`{"token":"s"}`: before + `{"token":"REDACTED"}`,
				`{"token":1}`:   before + `{"token":REDACTED`,
				`{'token':'s'}`: before + `{'token':'REDACTED'}`,
				`?token=s`:      before + `?token=REDACTED`,
				`?token%3Ds`:    before + `?token%3DREDACTED`,
				`#s`:            before,
				`, //s@h/`:      before + `, //h/`,
			} {
				assert.Equal(t, want, Builtin.Header(before+given))
			}
			assert.Equal(t, before, Builtin.Header(before))
		}
	}
}
