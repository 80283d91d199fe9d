// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agents

import "strings"

// The purposes of agents.
const (
	Training  = "training"  // collects pages that models learn from
	Search    = "search"    // indexes pages for later answers and search results
	Assistant = "assistant" // fetches a page because somebody asked something just now
	Other     = "other"     // anything else: monitors, scripts, unknown crawlers
)

// Agent is the sender of a request according to its user agent.
type Agent struct {
	Name     string `json:"agent"`
	Operator string `json:"operator,omitempty"` // the company that runs a known agent
	Purpose  string `json:"purpose"`
}

// Set is an immutable set of agents.
type Set struct {
	byToken map[string]Agent // by the lower-case token
}

// Known is the set of the agents of List.
var Known = With()

// With returns the agents of List and one more agent for each token.
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

// MaxToken is the longest token, in bytes.
const MaxToken = 64

// IsToken reports whether s is a valid token: letters, digits, "-" and "_", at most
// MaxToken bytes.
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

// Find returns the agent of the first token in the user agent that the set knows.
// Only whole tokens count: NotGPTBot is not GPTBot. Find allocates nothing.
func (s *Set) Find(userAgent string) (Agent, bool) {
	var buffer [MaxToken + 1]byte // one byte more, so that a longer token matches nothing
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

// ReferredBy returns the name of the AI assistant that sent the visitor, or "" if none
// did. The referer says so, or utm_source in the query.
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

// site is the name of a host or source in the form in which assistants has it.
func site(name string) string { return strings.TrimPrefix(strings.ToLower(name), "www.") }
