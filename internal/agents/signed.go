// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agents

import "strings"

// Headers are the headers by which a visitor is told, as they were sent. An absent one is
// empty.
type Headers struct {
	UserAgent      string
	SignatureAgent string // whose keys verify the signature, by Web Bot Auth
	SignatureInput string // what is signed, and for which purpose (RFC 9421)
	// AgentHash tells UserAgent from all other texts. It is 0 if it is not known.
	AgentHash uint64
}

// signers maps the host that a Signature-Agent header names to the agent that signs with
// its keys. OpenAI and Google document theirs; Lyrenth's is in its crawler policy.
var signers = map[string]string{
	"chatgpt.com":    "ChatGPT Agent",
	"agent.bot.goog": "Google-Agent",
	"lyrenth.com":    "AIWebIndex",
}

// ClaimsToSign reports whether a request says that an agent signed it: Signature-Input has
// the tag of Web Bot Auth, or Signature-Agent names a host. Nothing here verifies a
// signature.
func (h *Headers) ClaimsToSign() bool {
	return hasTag(h.SignatureInput) || signerIn(h.SignatureAgent) != ""
}

// hasTag looks for the tag of signatures that agents make
// (draft-meunier-web-bot-auth-architecture). Blanks may stand before a parameter (RFC 8941).
func hasTag(signatureInput string) bool {
	for rest := signatureInput; ; {
		before, after, found := strings.Cut(rest, `tag="web-bot-auth"`)
		if !found {
			return false
		}
		if strings.HasSuffix(strings.TrimRight(before, " "), ";") {
			return true
		}
		rest = after
	}
}

// Claim is who a signed request says to be. Without a check of the signature against
// the signer's keys it is a claim, and nothing here makes that check.
type Claim struct {
	Signer string // the host whose keys verify the signature; empty if none is named
	Agent  Agent  // the agent that signs with them; its name is empty if none is known
}

// Claim says whether a request claims to be signed, and by whom.
func (s *Set) Claim(h *Headers) (c Claim, signed bool) {
	if !h.ClaimsToSign() {
		return c, false
	}
	c.Signer = signerIn(h.SignatureAgent)
	if v := s.signer(c.Signer); v >= firstAgent {
		c.Agent = s.agents[v]
	}
	return c, true
}

// signer returns the visitor who signs with a host's keys.
func (s *Set) signer(host string) Visitor {
	if v, known := s.signers[host]; known {
		return v
	}
	return SomebodyElse
}

// signerIn returns the first host in a Signature-Agent header of Web Bot Auth
// (draft-meunier-http-message-signatures-directory), or "": "https://chatgpt.com" in
// quotes, or a dictionary such as g="https://agent.bot.goog". Some logs strip the quotes.
func signerIn(header string) string {
	if host := hostOfURL(header); host != "" {
		return host
	}
	for header != "" {
		_, text, ok := strings.Cut(header, `"`)
		if !ok {
			return ""
		}
		text, header, ok = strings.Cut(text, `"`)
		if host := hostOfURL(text); ok && host != "" {
			return host
		}
	}
	return ""
}

// hostOfURL returns the host of a URL of a website, in lower case, or "".
func hostOfURL(url string) string {
	scheme, host, ok := strings.Cut(url, "://")
	if !ok || !equalFold(scheme, "https") && !equalFold(scheme, "http") {
		return ""
	}
	if end := strings.IndexAny(host, "/?#"); end >= 0 {
		host = host[:end]
	}
	host = host[strings.LastIndexByte(host, '@')+1:]
	host, _, _ = strings.Cut(host, ":")
	for i := range len(host) {
		if !isWordByte(host[i]) && host[i] != '.' {
			return ""
		}
	}
	if strings.Trim(host, ".-") != host || !strings.Contains(host, ".") {
		return ""
	}
	return strings.ToLower(host)
}
