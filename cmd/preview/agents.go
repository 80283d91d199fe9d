// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/agentvisits/agentvisitsexporter/internal/agents"
	"github.com/agentvisits/agentvisitsexporter/internal/report"
)

// browsers maps product tokens to names. The first token found wins, because a
// Chromium-based browser also sends the tokens of Chrome and Safari, and Chrome also
// sends that of Safari.
var browsers = []struct{ token, name string }{
	{"Edg", "Edge"},
	{"OPR", "Opera"},
	{"Firefox", "Firefox"},
	{"FxiOS", "Firefox"},
	{"CriOS", "Chrome"},
	{"Chrome", "Chrome"},
	{"Safari", "Safari"},
}

// maxName is the longest name that is shown for an unknown agent, in characters.
const maxName = 24

// identify returns the agent behind the headers: the
// first known agent whose whole token occurs (Claude-User is not ClaudeBot), else who
// claims to sign, else a browser, else the product that the header names, else the start
// of the header itself.
func identify(h *agents.Headers) agents.Agent {
	userAgent := h.UserAgent
	if known, ok := agents.Known.Find(userAgent); ok {
		return known
	}
	if claim, signed := agents.Known.Claim(h); signed {
		return claimant(claim)
	}
	if strings.TrimSpace(userAgent) == "" {
		return agents.Agent{Name: "no user agent", Purpose: agents.Other}
	}
	if agents.IsBrowser(userAgent) {
		return agents.Agent{Name: browserName(userAgent), Purpose: agents.Browser}
	}
	if product, ok := selfNamed(userAgent); ok {
		return agents.Agent{Name: shorten(report.Printable(product), maxName), Purpose: agents.Other}
	}
	return agents.Agent{Name: shorten(report.Printable(userAgent), maxName), Purpose: agents.Other}
}

// claimant is who a request says to be that claims to be signed.
func claimant(c agents.Claim) agents.Agent {
	switch {
	case c.Agent.Name != "":
		c.Agent.Name += report.Claimed
		return c.Agent
	case c.Signer != "":
		return agents.Agent{Name: shorten(report.Printable(c.Signer), maxName-len(report.Claimed)) + report.Claimed, Purpose: agents.Other}
	}
	return agents.Agent{Name: "signed" + report.Claimed, Purpose: agents.Other}
}

// browserName is the name of a browser. One that is not in browsers is called browser.
func browserName(userAgent string) string {
	tokens := strings.FieldsFunc(userAgent, func(r rune) bool { return !isTokenRune(r) })
	for _, b := range browsers {
		if slices.Contains(tokens, b.token) {
			return b.name
		}
	}
	return agents.Browser
}

func isTokenRune(r rune) bool {
	return r == '-' || r == '_' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
}

// selfNamed returns the product that a user agent names outside the browser tokens:
// after "compatible;", or as its first word unless that is Mozilla.
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

// shorten cuts a text to at most that many characters. A cut text ends with an
// ellipsis.
func shorten(s string, limit int) string {
	if utf8.RuneCountInString(s) <= limit {
		return s
	}
	return string([]rune(s)[:limit-1]) + "…"
}

// isClaimed reports whether only a signature says who sends the request. Nothing here
// verifies signatures.
func (r *request) isClaimed() bool {
	if !r.ClaimsToSign() || r.who <= agents.SomebodyElse {
		return false
	}
	_, named := agents.Known.Find(r.UserAgent)
	return !named
}
