// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agents

import "strings"

// assistants maps the site of an AI assistant to its name. When a person follows a
// link in an assistant's answer, the site is in the referer or in utm_source. Apps for
// Android name themselves in the referer, as android-app://com.openai.chatgpt/.
var assistants = map[string]string{
	"chatgpt.com": "ChatGPT", "chat.openai.com": "ChatGPT", "openai": "ChatGPT", "chatgpt": "ChatGPT", "com.openai.chatgpt": "ChatGPT",
	"claude.ai": "Claude", "com.anthropic.claude": "Claude",
	"perplexity.ai": "Perplexity", "perplexity": "Perplexity", "ai.perplexity.app.android": "Perplexity",
	"gemini.google.com": "Gemini", "com.google.android.apps.bard": "Gemini", "notebooklm.google.com": "NotebookLM",
	"copilot.microsoft.com": "Copilot", "copilot.com": "Copilot", "m365.cloud.microsoft": "Copilot", "com.microsoft.copilot": "Copilot",
	"chat.mistral.ai": "Le Chat", "meta.ai": "Meta AI", "grok.com": "Grok", "you.com": "You.com",
	"chat.deepseek.com": "DeepSeek", "chat.qwen.ai": "Qwen", "kimi.com": "Kimi", "duck.ai": "Duck.ai",
}

// ReferredBy returns the name of the AI assistant whose answer has the link that was
// followed, or "" if none has. The referer says so, or utm_source in the query. It does
// not say that a person followed it: agents follow such links, too. See SentBy.
func ReferredBy(referer, query string) string {
	if _, rest, ok := strings.Cut(referer, "://"); ok {
		end := strings.IndexAny(rest, "/?#:")
		if end < 0 {
			end = len(rest)
		}
		if name := assistants[site(rest[:end])]; name != "" {
			return name
		}
	}
	for pair := range strings.SplitSeq(query, "&") {
		if source, ok := strings.CutPrefix(pair, "utm_source="); ok {
			return assistants[site(source)]
		}
	}
	return ""
}

// SentBy returns the name of the AI assistant that sent a person, or "". A person has
// the user agent of a browser. Agents of the set and whoever claims to sign are no persons.
func (s *Set) SentBy(h *Headers, referer, query string) string {
	name := ReferredBy(referer, query)
	if name == "" || s.Identify(h) != ABrowser {
		return ""
	}
	return name
}

// site is the name of a host or source in the form in which assistants has it.
func site(name string) string { return strings.TrimPrefix(strings.ToLower(name), "www.") }
