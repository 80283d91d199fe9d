// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agents

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestVisitorsSentByAnAssistantAreRecognised(t *testing.T) {
	for _, row := range []struct{ referer, query, want string }{
		{"https://chatgpt.com/", "", "ChatGPT"},
		{"https://chatgpt.com", "", "ChatGPT"},
		{"https://www.perplexity.ai/search?q=x", "", "Perplexity"},
		{"android-app://com.openai.chatgpt/", "", "ChatGPT"},
		{"https://example.org/", "x=1&utm_source=chatgpt.com&y", "ChatGPT"},
		{"https://chatgpt.com.example.org/", "", ""},
		{"", "utm_source=newsletter", ""},
		{"chatgpt.com", "", ""},
	} {
		t.Run(row.referer+" "+row.query, func(t *testing.T) {
			assert.Equal(t, row.want, ReferredBy(row.referer, row.query))
		})
	}
}

const chrome = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36"

func TestOnlyABrowserThatIsNoAgentIsSentByAnAssistant(t *testing.T) {
	for name, row := range map[string]struct{ userAgent, signature, query, want string }{
		"a person":                      {chrome, "", "utm_source=chatgpt.com", "ChatGPT"},
		"a person whom nobody sent":     {chrome, "", "utm_source=newsletter", ""},
		"a crawler":                     {"GPTBot/1.0", "", "utm_source=chatgpt.com", ""},
		"a crawler built on a browser":  {chrome + " GPTBot/1.0", "", "utm_source=chatgpt.com", ""},
		"an unknown crawler":            {chrome + " (+https://example.com)", "", "utm_source=chatgpt.com", ""},
		"a script":                      {"curl/8.5.0", "", "utm_source=chatgpt.com", ""},
		"somebody without a user agent": {"", "", "utm_source=chatgpt.com", ""},
		"a browser that signs":          {chrome, `"https://chatgpt.com"`, "utm_source=chatgpt.com", ""},
		"a browser with another text":   {chrome, "x", "utm_source=chatgpt.com", "ChatGPT"},
	} {
		t.Run(name, func(t *testing.T) {
			assert.Equal(t, row.want, Known.SentBy(&Headers{UserAgent: row.userAgent, SignatureAgent: row.signature}, "", row.query))
		})
	}
}
