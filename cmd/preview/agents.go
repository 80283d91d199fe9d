// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/agentvisits/agentvisitsexporter/internal/agents"
)

// What an agent comes for, in one word: as package agents says, or
const browser = "browser" // usually a person

type agent = agents.Agent

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
		return agent{Name: "no user agent", Purpose: agents.Other}
	}
	if known, ok := agents.Known.Find(userAgent); ok {
		return known
	}
	if product, ok := selfNamed(userAgent); ok {
		return agent{Name: shorten(printable(product), maxName), Purpose: agents.Other}
	}
	tokens := strings.FieldsFunc(userAgent, func(r rune) bool { return !isTokenRune(r) })
	for _, b := range browsers {
		if slices.Contains(tokens, b.token) {
			return agent{Name: b.name, Purpose: browser}
		}
	}
	return agent{Name: shorten(printable(userAgent), maxName), Purpose: agents.Other}
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

// referredBy names the AI assistant whose answer led here, or "".
func referredBy(referer, address string) string {
	_, query, _ := strings.Cut(address, "?")
	return agents.ReferredBy(referer, query)
}
