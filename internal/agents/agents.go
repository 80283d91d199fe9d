// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

// Package agents knows the user agents of AI agents and search crawlers, and the
// sites of AI assistants.
package agents

import "strings"

// What an agent comes for, in one word.
const (
	Training  = "training"  // collects pages that models learn from
	Search    = "search"    // indexes pages that answers are later drawn from
	Assistant = "assistant" // fetches a page because somebody asked something just now
	Other     = "other"     // anything else: monitors, scripts, unknown crawlers
)

// Agent is who made a request, as far as its user agent tells.
type Agent struct {
	Name     string `json:"agent"`
	Operator string `json:"operator,omitempty"` // the company behind a known agent
	Purpose  string `json:"purpose"`
}

// Set is a set of agents. It does not change.
type Set struct {
	byToken map[string]Agent // the token in lower case
}

// Known are the agents of List.
var Known = With()

// With are the agents of List, and others by the token in their user agent.
func With(tokens ...string) *Set {
	s := &Set{byToken: make(map[string]Agent, len(List)+len(tokens))}
	for _, token := range tokens {
		s.byToken[strings.ToLower(token)] = Agent{Name: token, Purpose: Other}
	}
	for _, a := range List {
		s.byToken[strings.ToLower(a.Name)] = a
	}
	return s
}

// MaxToken bounds a token, in bytes.
const MaxToken = 64

// IsToken says whether s can be a token of a user agent: letters, digits, "-"
// and "_".
func IsToken(s string) bool {
	for i := range len(s) {
		if !isTokenByte(s[i]) {
			return false
		}
	}
	return s != "" && len(s) <= MaxToken
}

func isTokenByte(c byte) bool {
	return c == '-' || c == '_' || c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z'
}

// Find is the first agent whose token stands alone in the user agent:
// Claude-User is not ClaudeBot. It goes through the text once and allocates
// nothing.
func (s *Set) Find(userAgent string) (Agent, bool) {
	var buffer [MaxToken + 1]byte // one more, to tell tokens that are too long
	token := buffer[:0]
	for i := 0; i <= len(userAgent); i++ {
		if i < len(userAgent) && isTokenByte(userAgent[i]) {
			if len(token) <= MaxToken {
				token = append(token, lower(userAgent[i]))
			}
			continue
		}
		if a, ok := s.byToken[string(token)]; ok && len(token) > 0 {
			return a, true
		}
		token = token[:0]
	}
	return Agent{}, false
}

func lower(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		return c | 0x20
	}
	return c
}

// ReferredBy names the AI assistant whose answer led to a request, by the
// request's referer or the utm_source in its query, or is empty.
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

func site(name string) string { return strings.TrimPrefix(strings.ToLower(name), "www.") }
