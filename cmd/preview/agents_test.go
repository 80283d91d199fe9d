// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestAgentsAreFoundByTheirWholeToken(t *testing.T) {
	const mozilla = "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; "
	for userAgent, want := range map[string]agent{
		mozilla + "GPTBot/1.2; +https://openai.com/gptbot)":              {"GPTBot", "OpenAI", training},
		mozilla + "OAI-SearchBot/1.0; +https://openai.com/searchbot)":    {"OAI-SearchBot", "OpenAI", search},
		mozilla + "ChatGPT-User/1.0; +https://openai.com/bot)":           {"ChatGPT-User", "OpenAI", assistant},
		mozilla + "ClaudeBot/1.0; +claudebot@anthropic.com)":             {"ClaudeBot", "Anthropic", training},
		mozilla + "Claude-User/1.0; +Claude-User@anthropic.com)":         {"Claude-User", "Anthropic", assistant},
		mozilla + "Claude-SearchBot/1.0; +Claude-SearchBot@example.com)": {"Claude-SearchBot", "Anthropic", search},
		mozilla + "bingbot/2.0) Chrome/116.0 Safari/537.36":              {"bingbot", "Microsoft", search},
		"meta-externalagent/1.1 (+https://developers.example.com/)":      {"meta-externalagent", "Meta", training},
		"CCBOT/2.0": {"CCBot", "Common Crawl", training},

		mozilla + "Claude-User-Extra/1.0)":                       {"Claude-User-Extra", "", other},
		mozilla + "NotGPTBot/1.0)":                               {"NotGPTBot", "", other},
		"curl/8.5.0":                                             {"curl", "", other},
		"python-requests/2.31 (GPT)":                             {"python-requests", "", other},
		"Mozilla/5.0 (X11) AppleWebKit/5 Chrome/126 Safari/5":    {"Chrome", "", browser},
		"Mozilla/5.0 (X11) Chrome/126 Safari/537 Edg/126":        {"Edge", "", browser},
		"Mozilla/5.0 (Macintosh) Version/17.5 Safari/605":        {"Safari", "", browser},
		"Mozilla/5.0 (X11; rv:127.0) Gecko/20100101 Firefox/127": {"Firefox", "", browser},
		"Mozilla/5.0 of an unknown make and of great length":     {"Mozilla/5.0 of an unkno…", "", other},
		strings.Repeat("é", 30):                                  {strings.Repeat("é", 23) + "…", "", other},
		"\x1b[2J/1":                                              {`\x1b[2J`, "", other},
		" ":                                                      {"no user agent", "", other},
		"/(compatible;)":                                         {"/(compatible;)", "", other},
	} {
		assert.Equal(t, want, identify(userAgent), userAgent)
	}
}

func TestEveryKnownAgentIsFoundByItsName(t *testing.T) {
	for _, known := range knownAgents {
		assert.Equal(t, known, identify("Mozilla/5.0 (compatible; "+known.Name+"/1.0)"))
		assert.LessOrEqual(t, len(known.Name), 28, "the column of names")
	}
	assert.Len(t, agentByToken, len(knownAgents), "no name stands twice")
}

func TestVisitsFromAnswersNameTheAssistant(t *testing.T) {
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
		assert.Equal(t, row.want, referredBy(row.referer, row.address), row)
	}
}
