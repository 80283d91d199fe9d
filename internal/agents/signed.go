// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agents

import "strings"

// signers maps the host that a Signature-Agent header names to the agent that signs with
// its keys. OpenAI and Google document theirs; Lyrenth's is in its crawler policy.
var signers = map[string]string{
	"chatgpt.com":    "ChatGPT Agent",
	"agent.bot.goog": "Google-Agent",
	"lyrenth.com":    "AIWebIndex",
}

// Claim is who a signed request says to be. Without a check of the signature against
// the signer's keys it is a claim, and nothing here makes that check.
type Claim struct {
	Signer string // the host whose keys verify the signature; empty if the header names none
	Agent  Agent  // the agent that signs with them; its name is empty if none is known
}

// Claim reads a Signature-Agent header of Web Bot Auth
// (draft-meunier-http-message-signatures-directory): "https://chatgpt.com" in quotes, or
// a dictionary such as g="https://agent.bot.goog".
func (s *Set) Claim(signatureAgent string) Claim {
	c := Claim{Signer: signerIn(signatureAgent)}
	if v := s.signer(c.Signer); v >= firstAgent {
		c.Agent = s.agents[v]
	}
	return c
}

// signer returns the visitor who signs with a host's keys.
func (s *Set) signer(host string) Visitor {
	if v, known := s.signers[host]; known {
		return v
	}
	return SomebodyElse
}

// signerIn returns the host in a Signature-Agent header, or "".
func signerIn(header string) string {
	host := header
	if _, rest, ok := strings.Cut(host, "://"); ok {
		host = rest
	} else if _, rest, ok := strings.Cut(host, "="); ok {
		host = rest
	}
	host = strings.TrimLeft(host, "\" ")
	if end := strings.IndexAny(host, "\"/?#;, "); end >= 0 {
		host = host[:end]
	}
	if _, after, ok := strings.Cut(host, "@"); ok {
		host = after
	}
	host, _, _ = strings.Cut(host, ":")
	return strings.ToLower(host)
}
