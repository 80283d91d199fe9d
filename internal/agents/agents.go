// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agents

// The purposes of agents.
const (
	Training  = "training"  // collects pages that models learn from
	Search    = "search"    // indexes pages for later answers and search results
	Assistant = "assistant" // fetches a page because somebody asked something just now
	Action    = "action"    // uses a website for somebody: opens pages, fills in forms, buys
	Other     = "other"     // anything else: monitors, scrapers, previews, unknown crawlers
)

// The names of visitors that are no known agent. Each is its own purpose, too.
const (
	Browser = "browser" // the user agent of a browser: a person, or a program that calls itself one
	None    = "none"    // no user agent
)

// Agent is the sender of a request according to its user agent. Nothing verifies that:
// anybody can send any user agent.
type Agent struct {
	Name     string `json:"agent"`
	Operator string `json:"operator,omitempty"` // the company that runs a known agent
	Purpose  string `json:"purpose"`
}

// Entry is what List knows of an agent.
type Entry struct {
	Agent
	Source string   // a page of the operator as a public list cites it, or the list that has the name
	Date   string   // when the name was compared with the public lists, as 2006-01-02
	Tokens []string // see Token; empty: the name is the token
}

// FromList reports whether the source is a public list, and not a page of the operator.
func (e *Entry) FromList() bool {
	return e.Source == aiRobots || e.Source == crawlerUAs || e.Source == postHog
}

// AllTokens returns the tokens by which the agent is recognised. There is at least one.
func (e *Entry) AllTokens() []string {
	if len(e.Tokens) == 0 {
		return []string{e.Name}
	}
	return e.Tokens
}

// Set is an immutable set of agents.
type Set struct {
	agents  []Agent            // by Visitor
	signers map[string]Visitor // by the host that a Signature-Agent header names
	tokens  map[string][]token // by their first word, the longest first
	lengths [1 << 10]uint64    // by the ends of such a word: a bit for each length
}

// Visitor is one of a Set's agents, or a class of all others. It is an index: the
// classes come first, then the agents. It means nothing to another Set.
type Visitor uint16

// The classes of visitors that are no agent of the set.
const (
	NoName       Visitor = iota // sent no user agent
	ABrowser                    // sent the user agent of a browser
	SomebodyElse                // sent another user agent
	firstAgent
)

// Known is the set of the agents of List.
var Known = With()

// With returns the agents of List and one more agent for each name. The name is its
// token. An agent of List with that token stays what it is.
func With(names ...string) *Set {
	entries := make([]Entry, 0, len(List)+len(names))
	entries = append(entries, List...)
	for _, name := range names {
		if _, known := find(entries, name); !known {
			entries = append(entries, Entry{Agent: Agent{Name: name, Purpose: Other}})
		}
	}
	return newSet(entries)
}

// find returns the entry with that name or token, without regard to case.
func find(entries []Entry, token string) (*Entry, bool) {
	for i := range entries {
		for _, t := range entries[i].AllTokens() {
			if equalFold(t, token) {
				return &entries[i], true
			}
		}
	}
	return nil, false
}

func newSet(entries []Entry) *Set {
	s := &Set{
		signers: map[string]Visitor{},
		agents:  []Agent{NoName: {Name: None, Purpose: None}, ABrowser: {Name: Browser, Purpose: Browser}, SomebodyElse: {Name: Other, Purpose: Other}},
		tokens:  make(map[string][]token, 2*len(entries)),
	}
	for i := range entries {
		v := Visitor(len(s.agents))
		for _, text := range entries[i].AllTokens() {
			s.add(text, v)
		}
		for host, name := range signers {
			if name == entries[i].Name {
				s.signers[host] = v
			}
		}
		s.agents = append(s.agents, entries[i].Agent)
	}
	return s
}

// Len is how many visitors the set tells apart.
func (s *Set) Len() int { return len(s.agents) }

// Agent returns what is known of a visitor. For a class it has the class's name.
func (s *Set) Agent(v Visitor) Agent { return s.agents[v] }

// Identify returns the visitor who sends the headers. The user agent goes first, because
// more is known by it. A browser that claims to sign is the agent that it claims to be, or
// SomebodyElse.
func (s *Set) Identify(h *Headers) Visitor {
	v, known := s.find(h.UserAgent)
	switch {
	case known:
	case h.ClaimsToSign():
		v = s.signer(signerIn(h.SignatureAgent))
	case isBlank(h.UserAgent):
		v = NoName
	case IsBrowser(h.UserAgent):
		v = ABrowser
	default:
		v = SomebodyElse
	}
	return v
}

// Find returns the agent of the first token in the user agent that the set knows.
// Only whole words count: NotGPTBot is not GPTBot. Words in URLs and e-mail addresses
// do not count. Find allocates nothing.
func (s *Set) Find(userAgent string) (Agent, bool) {
	v, known := s.find(userAgent)
	return s.agents[v], known
}

func isBlank(s string) bool {
	for i := range len(s) {
		if s[i] != ' ' && s[i] != '\t' {
			return false
		}
	}
	return true
}
