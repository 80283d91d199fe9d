// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/agentvisits/agentvisitsexporter/internal/agents"
)

func TestAnAgentIsIdentifiedByItsWholeToken(t *testing.T) {
	const mozilla = "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; "
	for userAgent, want := range map[string]agents.Agent{
		mozilla + "GPTBot/1.2; +https://openai.com/gptbot)":              {Name: "GPTBot", Operator: "OpenAI", Purpose: agents.Training},
		mozilla + "OAI-SearchBot/1.0; +https://openai.com/searchbot)":    {Name: "OAI-SearchBot", Operator: "OpenAI", Purpose: agents.Search},
		mozilla + "ChatGPT-User/1.0; +https://openai.com/bot)":           {Name: "ChatGPT-User", Operator: "OpenAI", Purpose: agents.Assistant},
		mozilla + "ClaudeBot/1.0; +claudebot@anthropic.com)":             {Name: "ClaudeBot", Operator: "Anthropic", Purpose: agents.Training},
		mozilla + "Claude-User/1.0; +Claude-User@anthropic.com)":         {Name: "Claude-User", Operator: "Anthropic", Purpose: agents.Assistant},
		mozilla + "Claude-SearchBot/1.0; +Claude-SearchBot@example.com)": {Name: "Claude-SearchBot", Operator: "Anthropic", Purpose: agents.Search},
		mozilla + "bingbot/2.0) Chrome/116.0 Safari/537.36":              {Name: "bingbot", Operator: "Microsoft", Purpose: agents.Search},
		"meta-externalagent/1.1 (+https://developers.example.com/)":      {Name: "meta-externalagent", Operator: "Meta", Purpose: agents.Training},
		"CCBOT/2.0": {Name: "CCBot", Operator: "Common Crawl", Purpose: agents.Training},

		mozilla + "Claude-User-Extra/1.0)":                       {Name: "Claude-User-Extra", Operator: "", Purpose: agents.Other},
		mozilla + "NotGPTBot/1.0)":                               {Name: "NotGPTBot", Operator: "", Purpose: agents.Other},
		"curl/8.5.0":                                             {Name: "curl", Operator: "", Purpose: agents.Other},
		"python-requests/2.31 (GPT)":                             {Name: "python-requests", Operator: "", Purpose: agents.Other},
		"Mozilla/5.0 (X11) AppleWebKit/5 Chrome/126 Safari/5":    {Name: "Chrome", Operator: "", Purpose: agents.Browser},
		"Mozilla/5.0 (X11) Chrome/126 Safari/537 Edg/126":        {Name: "Edge", Operator: "", Purpose: agents.Browser},
		"Mozilla/5.0 (Macintosh) Version/17.5 Safari/605":        {Name: "Safari", Operator: "", Purpose: agents.Browser},
		"Mozilla/5.0 (X11; rv:127.0) Gecko/20100101 Firefox/127": {Name: "Firefox", Operator: "", Purpose: agents.Browser},
		"Mozilla/5.0 of an unknown make and of great length":     {Name: "Mozilla/5.0 of an unkno…", Operator: "", Purpose: agents.Other},
		strings.Repeat("é", 30):                                  {Name: strings.Repeat("é", 23) + "…", Operator: "", Purpose: agents.Other},
		"\x1b[2J/1":                                              {Name: `\x1b[2J`, Operator: "", Purpose: agents.Other},
		" ":                                                      {Name: "no user agent", Operator: "", Purpose: agents.Other},
		"/(compatible;)":                                         {Name: "/(compatible;)", Operator: "", Purpose: agents.Other},
	} {
		t.Run(userAgent, func(t *testing.T) { assert.Equal(t, want, identify(&agents.Headers{UserAgent: userAgent})) })
	}
}

func TestWhoSignsIsShownAsAClaim(t *testing.T) {
	const input = `sig1=("@authority");created=1700000000;keyid="k";tag="web-bot-auth"`
	for _, row := range []struct{ userAgent, signature, input, want string }{
		{person, "", input, "signed (claimed)"},
		{person, "x", "", "Chrome"},
		{person, "x", input, "signed (claimed)"},
		{person, `"https://chatgpt.com"`, "", "ChatGPT Agent (claimed)"},
		{"", `g="https://agent.bot.goog"`, input, "Google-Agent (claimed)"},
		{person, `"https://agent.example/\x1b[2J"`, "", "agent.example (claimed)"},
		{person, `"https://a-long-name.agent.example"`, "", "a-long-name.a… (claimed)"},
		{"GPTBot/1.2", `"https://chatgpt.com"`, input, "GPTBot"},
		{person, "", "", "Chrome"},
		{person, `"`, `sig1=("@authority");tag="other"`, "Chrome"},
	} {
		t.Run(row.userAgent+" "+row.signature+" "+row.input, func(t *testing.T) {
			assert.Equal(t, row.want, identify(&agents.Headers{UserAgent: row.userAgent, SignatureAgent: row.signature, SignatureInput: row.input}).Name)
		})
	}
}

const person = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36"

func TestAVisitNamesTheAssistantThatSentIt(t *testing.T) {
	for _, row := range []struct{ referer, address, want string }{
		{"https://chatgpt.com/", "/", "ChatGPT"},
		{"https://www.perplexity.ai/search?q=x", "/", "Perplexity"},
		{"", "/a?x=1&utm_source=chatgpt.com&y", "ChatGPT"},
		{"https://example.org/", "/?utm_source=openai", "ChatGPT"},
		{"https://chatgpt.com.example.org/", "/", ""},
		{"", "/utm_source=chatgpt.com", ""},
		{"", "/?utm_source=newsletter", ""},
		{"chatgpt.com", "/", ""},
	} {
		t.Run(row.referer+" "+row.address, func(t *testing.T) {
			path, query, _ := strings.Cut(row.address, "?")
			sentBy := func(userAgent, signature string) string {
				return known(path, query, map[string]string{"user-agent": userAgent, "signature-agent": signature, "referer": row.referer}).sentBy
			}
			assert.Equal(t, row.want, sentBy(person, ""))
			assert.Empty(t, sentBy("GPTBot/1.2", ""), "agents are no persons")
			assert.Empty(t, sentBy(person, `"https://agent.example"`), "nor who signs")
		})
	}
}
