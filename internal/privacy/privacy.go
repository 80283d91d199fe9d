// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package privacy

import (
	"slices"

	"github.com/agentvisits/agentvisitsexporter/internal/agents"
	"github.com/agentvisits/agentvisitsexporter/internal/redact"
	"github.com/agentvisits/agentvisitsexporter/internal/uri"
	"github.com/agentvisits/agentvisitsexporter/internal/visit"
)

// Rules say what of a visit may leave, and whose visits. They do not change, so
// all translators of an exporter share them.
type Rules struct {
	// Secrets are the keys whose values never leave. The translator redacts path
	// and query with them; Apply redacts the headers.
	Secrets *redact.Keys
	// Referred lets the visits of people leave whom an AI assistant sent: of browsers
	// that are no agents. Then the translator must read the referer even if the
	// destination has no use for it.
	Referred bool

	agents         *agents.Set       // nil: everybody's visits leave
	allowed        *redact.AllowList // nil: all keys of queries may leave
	paths          []pathPattern
	clientIP       string        // one of ClientIPModes; empty stands for full
	removed        []visit.Field // the headers that users remove
	noForwardedFor bool          // x-forwarded-for is one of them
}

// New makes the rules of a valid configuration. clientIP is one of ClientIPModes,
// or empty.
func New(c *Config, clientIP string) *Rules {
	r := &Rules{clientIP: clientIP}
	kept := c.Query.KeepKeys
	switch c.Query.Mode {
	case keepQueries:
		r.allowed, kept = redact.NewAllowList(kept), nil
	case dropQueries:
		r.allowed = redact.NewAllowList(nil)
	}
	r.Secrets = redact.Builtin.With(c.Query.SecretKeys, kept)
	if c.Who != "" && c.Who != everybody {
		r.agents, r.Referred = agents.With(c.Agents...), c.Who == agentsAndReferred
	}
	for i := range c.ReplaceInPaths {
		p, err := newPathPattern(&c.ReplaceInPaths[i])
		if err != nil {
			panic(err) // Check refuses it
		}
		r.paths = append(r.paths, p)
	}
	for _, name := range c.Headers.Request.Remove {
		r.removed = append(r.removed, visit.RequestHeader(visit.HeaderName(name)))
	}
	for _, name := range c.Headers.Response.Remove {
		r.removed = append(r.removed, visit.ResponseHeader(visit.HeaderName(name)))
	}
	r.noForwardedFor = slices.Contains(r.removed, visit.ForwardedFor)
	return r
}

// Excludes reports whether no visit of this visitor may leave. Whoever claims to sign with
// Web Bot Auth is an agent.
func (r *Rules) Excludes(v *visit.Visit) bool {
	if r.agents == nil {
		return false
	}
	h := HeadersOf(v)
	if _, known := r.agents.Find(h.UserAgent); known || h.ClaimsToSign() {
		return false
	}
	return !r.Referred || r.agents.SentBy(&h, v.Text[visit.Referer], v.Query) == ""
}

// HeadersOf are the headers of a visit by which its visitor is told.
func HeadersOf(v *visit.Visit) agents.Headers {
	return agents.Headers{
		UserAgent: v.Text[visit.UserAgent], SignatureAgent: v.Text[visit.SignatureAgent], SignatureInput: v.Text[visit.SignatureInput], AgentHash: v.AgentHash,
	}
}

// Apply takes out of a visit what must not leave. The visit is complete, and no
// secrets are left in its path and query.
func (r *Rules) Apply(v *visit.Visit) {
	if r.allowed != nil {
		v.Query = r.allowed.Query(v.Query)
	}
	if len(r.paths) > 0 {
		path := r.replaceInPath(v.Path)
		v.Path, v.Cut = uri.Cut(path, visit.MaxTargetBytes), v.Cut || len(path) > visit.MaxTargetBytes
	}
	text := v.Text
	text[visit.MCPTool] = r.inURLs(text[visit.MCPTool])
	r.hideInHeaders(v)
	if r.clientIP == truncateAddresses || r.clientIP == omitAddresses {
		r.hideAddresses(v)
	}
	for _, i := range r.removed {
		text[i] = ""
	}
	v.NoForwardedFor = r.noForwardedFor
}

// hideInHeaders takes credentials out of all headers, and secrets out of those that may
// hold URLs.
func (r *Rules) hideInHeaders(v *visit.Visit) {
	text := v.Text
	if s := text[visit.UserAgent]; v.AgentHash == 0 && MayHoldCredential(s) {
		text[visit.UserAgent] = agentForm.redact(s)
	}
	fields := &otherHeaders
	if v.Plain.Has(visit.HostHeader) { // it is a host in lower case
		fields = &otherThanHost
	}
	for i := range v.Present.Shared(fields) {
		s := text[i]
		if redact.IsTame(s) {
			continue
		}
		if MayHoldCredential(s) {
			text[i] = formOf[i].redact(s)
		}
		if urlFields.Has(i) {
			text[i] = r.Secrets.Header(text[i])
		}
	}
	if r.allowed != nil || len(r.paths) > 0 {
		for i := range v.Present.Shared(&urlFields) {
			text[i] = r.allowedInURLs(text[i])
		}
	}
	if v.Present.Meets(&addedHeaders) {
		for i := range v.Present.Shared(&addedHeaders) {
			if len(text[i]) >= minCredentialBytes {
				text[i] = freeForm.redact(text[i])
			}
			text[i] = r.inURLs(text[i])
		}
	}
}

// inURLs returns what may leave of a text that may hold URLs.
func (r *Rules) inURLs(text string) string {
	if text == "" {
		return ""
	}
	return r.allowedInURLs(r.Secrets.Header(text))
}

// allowedInURLs returns what the user lets leave of a text that may hold URLs, and no
// secrets.
func (r *Rules) allowedInURLs(text string) string {
	if r.allowed != nil {
		text = r.allowed.Header(text)
	}
	return r.replaceInHeader(text)
}

// urlFields are the headers that hold URLs.
var urlFields = visit.SetOf(
	visit.Referer, visit.RequestHeader("origin"), visit.RequestHeader("ucp-agent"),
	visit.Location, visit.Link, visit.ResponseHeader("access-control-allow-origin"),
)
