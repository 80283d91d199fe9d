// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agents

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
)

func TestASignatureIsAClaim(t *testing.T) {
	for header, want := range map[string]Claim{
		`"https://chatgpt.com"`:                       {"chatgpt.com", Agent{"ChatGPT Agent", "OpenAI", Action}},
		`https://ChatGPT.com/`:                        {"chatgpt.com", Agent{"ChatGPT Agent", "OpenAI", Action}},
		`g="https://agent.bot.goog"`:                  {"agent.bot.goog", Agent{"Google-Agent", "Google", Action}},
		`sig1="https://u:p@agent.bot.goog:443/x";a=b`: {"agent.bot.goog", Agent{"Google-Agent", "Google", Action}},
		`a="x", b="HTTPS://agent.example/?x#y"`:       {"agent.example", Agent{}},
	} {
		t.Run(header, func(t *testing.T) {
			claim, signed := Known.Claim(&Headers{SignatureAgent: header})
			assert.True(t, signed)
			assert.Equal(t, want, claim)
		})
	}
}

func TestWhatNamesNoHostIsNoSignature(t *testing.T) {
	for _, header := range []string{
		"", `"`, "://", "x", `"chatgpt.com"`, "chatgpt.com", `"https://"`, `"https://localhost"`, `"https://-a.example"`, `"https://a.example."`,
		`"https://a b.example"`, `"https://a.example`, `"ftp://a.example"`, `x"https://a.example`, `"javascript:https://x"`,
	} {
		t.Run(header, func(t *testing.T) {
			h := &Headers{UserAgent: chrome, SignatureAgent: header}
			assert.False(t, h.ClaimsToSign())
			assert.Equal(t, ABrowser, Known.Identify(h))
		})
	}
}

func TestTheTagOfWebBotAuthIsASignature(t *testing.T) {
	for input, want := range map[string]bool{
		`sig1=("@authority");created=1700000000;keyid="k";tag="web-bot-auth"`:               true,
		`sig1=("@authority" "signature-agent");tag="web-bot-auth";expires=1700000060`:       true,
		`sig1=("@authority"); created=1700000000;  tag="web-bot-auth"`:                      true,
		`sig1=("@authority");created=1700000000;keyid="tag=";other-tag="web-bot-auth"`:      false,
		`a=("@method");tag="other", b=("@authority");created=1700000000;tag="web-bot-auth"`: true,
		`sig1=("@authority");created=1700000000;keyid="k"`:                                  false,
		`sig1=("@authority");tag="web-bot-auth-not"`:                                        false,
		`sig1=("@authority");tag=web-bot-auth`:                                              false,
		"web-bot-auth":                                                                      false,
	} {
		h := &Headers{UserAgent: chrome, SignatureInput: input}
		assert.Equal(t, want, h.ClaimsToSign(), input)
		assert.Equal(t, want, Known.Identify(h) == SomebodyElse, input)
	}
}

func TestTheUserAgentTellsMoreThanASignature(t *testing.T) {
	for _, row := range []struct{ userAgent, signature, want string }{
		{chrome, `"https://chatgpt.com"`, "ChatGPT Agent"},
		{chrome, `"https://agent.example"`, Other},
		{"", `"https://agent.example"`, Other},
		{"GPTBot/1.0", `"https://agent.bot.goog"`, "GPTBot"},
	} {
		v := Known.Identify(&Headers{UserAgent: row.userAgent, SignatureAgent: row.signature})
		assert.Equal(t, row.want, Known.Agent(v).Name, row)
	}
}

func TestWhoSaysToBeNoAgentIsNone(t *testing.T) {
	for _, userAgent := range []string{
		"Chrome/120 (not GPTBot)", "ExampleReader/1.0 (NOT ClaudeBot)", "ExampleFetch/3 (no CCBot)", "Firefox/141.0 (blocks PerplexityBot)",
		"ExampleReader/1.0 (isn't Bytespider)", "Anti GPTBot", "ExampleFetch/3 (similar to ClaudeBot)", "ExampleFetch/3 emulating ChatGPT-User",
	} {
		_, known := Known.Find(userAgent)
		assert.False(t, known, userAgent)
	}
	for _, userAgent := range []string{"ExampleKnot GPTBot/1.2", "Avanti GPTBot/1.2", "Mozilla/5.0 (compatible; GPTBot/1.2; no cookies)"} {
		agent, _ := Known.Find(userAgent)
		assert.Equal(t, "GPTBot", agent.Name, userAgent)
	}
}

func TestThePageNamesTheWordsAfterWhichANameIsAnothers(t *testing.T) {
	page := fixture.Section(t, fixture.ReadFile(t, "docs/agents.md"), "## What a name cannot tell")
	for _, words := range notOneself {
		fixture.AssertMentions(t, page, "`"+strings.TrimSpace(words)+"`", "docs/agents.md must name it")
	}
}
