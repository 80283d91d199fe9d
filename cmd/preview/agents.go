// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"strings"
	"unicode/utf8"
)

// What an agent comes for, in one word.
const (
	training  = "training"  // collects pages that models learn from
	search    = "search"    // indexes pages that answers are later drawn from
	assistant = "assistant" // fetches a page because somebody asked something just now
	browser   = "browser"   // a browser: usually a person
	other     = "other"     // anything else: monitors, scripts, unknown crawlers
)

// agent is who made a request, as far as its user agent tells.
type agent struct {
	Name     string `json:"agent"`
	Operator string `json:"operator,omitempty"` // the company behind a known agent
	Purpose  string `json:"purpose"`
}

// knownAgents are AI agents and search crawlers by the token in their user agent,
// as their operators publish it. Google-Extended and Applebot-Extended are
// missing because they stand in robots.txt only, never in a user agent.
var knownAgents = []agent{
	{"GPTBot", "OpenAI", training},
	{"OAI-SearchBot", "OpenAI", search},
	{"ChatGPT-User", "OpenAI", assistant},
	{"ClaudeBot", "Anthropic", training},
	{"Claude-SearchBot", "Anthropic", search},
	{"Claude-User", "Anthropic", assistant},
	{"PerplexityBot", "Perplexity", search},
	{"Perplexity-User", "Perplexity", assistant},
	{"Googlebot", "Google", search},
	{"Googlebot-Image", "Google", search},
	{"Googlebot-News", "Google", search},
	{"Googlebot-Video", "Google", search},
	{"Google-CloudVertexBot", "Google", search},
	{"Google-Agent", "Google", assistant},
	{"Google-NotebookLM", "Google", assistant},
	{"GoogleOther", "Google", other},
	{"bingbot", "Microsoft", search},
	{"Amazonbot", "Amazon", training},
	{"Amzn-SearchBot", "Amazon", search},
	{"Amzn-User", "Amazon", assistant},
	{"Applebot", "Apple", search},
	{"Bytespider", "ByteDance", training},
	{"TikTokSpider", "ByteDance", other},
	{"CCBot", "Common Crawl", training},
	{"meta-externalagent", "Meta", training},
	{"meta-webindexer", "Meta", search},
	{"meta-externalfetcher", "Meta", assistant},
	{"DuckDuckBot", "DuckDuckGo", search},
	{"DuckAssistBot", "DuckDuckGo", assistant},
	{"MistralAI-User", "Mistral AI", assistant},
	{"cohere-training-data-crawler", "Cohere", training},
	{"cohere-ai", "Cohere", assistant},
	{"AI2Bot", "Allen Institute for AI", training},
	{"Diffbot", "Diffbot", training},
	{"PanguBot", "Huawei", training},
	{"PetalBot", "Huawei", search},
	{"YouBot", "You.com", search},
	{"YandexBot", "Yandex", search},
	{"Baiduspider", "Baidu", search},
	{"Timpibot", "Timpi", search},
}

var agentByToken = func() map[string]agent {
	byToken := make(map[string]agent, len(knownAgents))
	for _, a := range knownAgents {
		byToken[strings.ToLower(a.Name)] = a
	}
	return byToken
}()

// browsers are product tokens by rank: a Chromium-based browser names itself
// after Chrome and Safari, and Chrome names itself Safari as well.
var browsers = []struct{ token, name string }{
	{"Edg", "Edge"},
	{"OPR", "Opera"},
	{"Firefox", "Firefox"},
	{"FxiOS", "Firefox"},
	{"CriOS", "Chrome"},
	{"Chrome", "Chrome"},
	{"Safari", "Safari"},
}

// maxName bounds the name of an agent that named itself, in characters.
const maxName = 24

// identify names the agent of a user agent: the first known token that stands
// alone (Claude-User is not ClaudeBot), else a browser, else its own product name.
func identify(userAgent string) agent {
	if strings.TrimSpace(userAgent) == "" {
		return agent{Name: "no user agent", Purpose: other}
	}
	tokens := strings.FieldsFunc(userAgent, func(r rune) bool { return !isTokenRune(r) })
	seen := make(map[string]bool, len(tokens))
	for _, token := range tokens {
		if known, ok := agentByToken[strings.ToLower(token)]; ok {
			return known
		}
		seen[token] = true
	}
	if product, ok := selfNamed(userAgent); ok {
		return agent{Name: shorten(printable(product), maxName), Purpose: other}
	}
	for _, b := range browsers {
		if seen[b.token] {
			return agent{Name: b.name, Purpose: browser}
		}
	}
	return agent{Name: shorten(printable(userAgent), maxName), Purpose: other}
}

func isTokenRune(r rune) bool {
	return r == '-' || r == '_' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
}

// selfNamed returns the product a user agent claims to be without pretending to
// be a browser: after "compatible;", or as its very first word.
func selfNamed(userAgent string) (string, bool) {
	product := userAgent
	if _, after, ok := strings.Cut(userAgent, "compatible;"); ok {
		product = strings.TrimSpace(after)
	} else if strings.HasPrefix(userAgent, "Mozilla/") {
		return "", false
	}
	if end := strings.IndexAny(product, "/;() "); end >= 0 {
		product = product[:end]
	}
	return product, product != ""
}

// shorten cuts a text to a number of characters, with an ellipsis for the rest.
func shorten(s string, most int) string {
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	return string([]rune(s)[:most-1]) + "…"
}

// assistants are the sites of AI assistants, which appear as referer or as
// utm_source when a person follows a link in an answer.
var assistants = map[string]string{
	"chatgpt.com": "ChatGPT", "chat.openai.com": "ChatGPT", "openai": "ChatGPT",
	"claude.ai": "Claude", "perplexity.ai": "Perplexity", "perplexity": "Perplexity",
	"gemini.google.com": "Gemini", "copilot.microsoft.com": "Copilot", "copilot.com": "Copilot",
	"chat.mistral.ai": "Le Chat", "meta.ai": "Meta AI", "grok.com": "Grok", "you.com": "You.com",
	"chat.deepseek.com": "DeepSeek",
}

// referredBy names the AI assistant whose answer led here, or "".
func referredBy(referer, address string) string {
	if _, rest, ok := strings.Cut(referer, "://"); ok {
		host, _, _ := strings.Cut(rest, "/")
		if name, ok := assistants[strings.TrimPrefix(strings.ToLower(host), "www.")]; ok {
			return name
		}
	}
	_, query, _ := strings.Cut(address, "?")
	for pair := range strings.SplitSeq(query, "&") {
		if source, ok := strings.CutPrefix(pair, "utm_source="); ok {
			return assistants[strings.TrimPrefix(strings.ToLower(source), "www.")]
		}
	}
	return ""
}
