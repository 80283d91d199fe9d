// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package privacy

import (
	"net/netip"
	"regexp"
	"strings"

	"github.com/agentvisits/agentvisitsexporter/internal/address"
	"github.com/agentvisits/agentvisitsexporter/internal/agents"
	"github.com/agentvisits/agentvisitsexporter/internal/redact"
	"github.com/agentvisits/agentvisitsexporter/internal/uri"
	"github.com/agentvisits/agentvisitsexporter/internal/visit"
)

// Rules is what users decide about the data that leaves, and about whose data.
type Rules struct {
	Secrets  *redact.Keys
	allowed  *redact.AllowList // nil: all keys of queries may leave
	clientIP string            // one of clientIPModes; empty stands for full
	paths    []pathPattern
	removed  []visit.Field
	agents   *agents.Set    // nil if everybody's visits are delivered
	Referred bool           // so are those of people whom an assistant sent
	added    visit.FieldSet // headers that users add
}

type pathPattern struct {
	*regexp.Regexp
	with string
}

// New takes a configuration that was validated. clientIP is one of
// clientIPModes or empty.
func New(c *Config, clientIP string) *Rules {
	p := &Rules{clientIP: clientIP}
	kept := c.Query.KeepKeys
	switch c.Query.Mode {
	case "keep":
		p.allowed, kept = redact.NewAllowList(kept), nil
	case "drop":
		p.allowed = redact.NewAllowList(nil)
	}
	if c.Who != "" && c.Who != whoModes[0] {
		p.agents, p.Referred = agents.With(c.Agents...), c.Who == "agents_and_referred"
	}
	p.Secrets = redact.Builtin.With(c.Query.SecretKeys, kept)
	for _, r := range c.ReplaceInPaths {
		p.paths = append(p.paths, pathPattern{regexp.MustCompile(r.Pattern), uri.Escape(r.With, uri.PathBytes)})
	}
	for _, name := range c.Headers.Request.Remove {
		p.removed = append(p.removed, visit.RequestHeader(visit.HeaderName(name)))
	}
	for _, name := range c.Headers.Response.Remove {
		p.removed = append(p.removed, visit.ResponseHeader(visit.HeaderName(name)))
	}
	request, response := c.Headers.Added()
	p.added = visit.FieldsWithin(visit.FirstAddedRequest, visit.FirstAddedRequest+visit.Field(len(request))).
		With(visit.FieldsWithin(visit.FirstAddedResponse, visit.FirstAddedResponse+visit.Field(len(response))))
	return p
}

// Excludes says whether a visitor is none of those whose visits are delivered.
// Whoever signs with Web Bot Auth is an agent.
func (p *Rules) Excludes(v *visit.Visit) bool {
	if p.agents == nil || v.Text[visit.SignatureAgent] != "" {
		return false
	}
	if _, known := p.agents.Find(v.Text[visit.UserAgent]); known {
		return false
	}
	return !p.Referred || agents.ReferredBy(v.Text[visit.Referer], v.Query) == ""
}

// Apply removes from a complete visit what must not leave. text is the visit's.
func (p *Rules) Apply(v *visit.Visit, text *[visit.FieldCount]string) {
	if p.allowed != nil {
		v.Query = p.allowed.Query(v.Query)
	}
	if len(p.paths) > 0 {
		v.Path = uri.Cut(p.replace(v.Path), visit.MaxTargetBytes)
		if v.Path == "" || v.Path[0] != '/' {
			v.Path = "/" + v.Path
		}
	}
	for i := range v.Present.Shared(&urlFields) {
		text[i] = p.Secrets.Header(text[i])
		if p.allowed != nil {
			text[i] = p.allowed.Header(text[i])
		}
		text[i] = p.replace(text[i])
	}
	for i := range v.Present.Shared(&p.added) {
		text[i] = p.Secrets.Header(text[i])
	}
	if p.clientIP != "" && p.clientIP != "full" {
		p.hideAddresses(v, text)
	}
	for _, i := range p.removed {
		text[i] = ""
	}
}

func (p *Rules) replace(text string) string {
	for _, pattern := range p.paths {
		text = pattern.ReplaceAllLiteralString(text, pattern.with)
	}
	return text
}

// urlFields are the texts of a visit that hold URLs.
var urlFields = visit.SetOf(
	visit.Referer, visit.RequestHeader("origin"), visit.RequestHeader("ucp-agent"), visit.McpTool,
	visit.Location, visit.Link, visit.ResponseHeader("access-control-allow-origin"),
)

// hideAddresses truncates or removes the visitor's address in every field and
// header that can have it.
func (p *Rules) hideAddresses(v *visit.Visit, text *[visit.FieldCount]string) {
	v.ClientIP = p.address(v.ClientIP)
	for i := visit.ForwardedFor; i <= visit.ViewerAddress; i++ {
		switch {
		case text[i] == "":
		case i == visit.Forwarded:
			text[i] = p.forwardedHeader(text[i])
		default:
			text[i] = p.addressList(i, text[i])
		}
	}
	for i := range v.Present.Shared(&freeHeaders) {
		text[i] = p.freeHeader(i, text[i])
	}
	text[visit.Via] = "" // names the proxies on the way, in a form of their own
}

// freeHeaders may hold anything, addresses too: what users add, and From.
var freeHeaders = visit.FieldsWithin(visit.FirstAddedRequest, visit.FieldCount).With(visit.SetOf(visit.RequestHeader("from")))

// freeHeader leaves of a list of addresses what may leave of each. Any other text
// that holds an address is left out.
func (p *Rules) freeHeader(i visit.Field, text string) string {
	if ip, _ := address.Best(text); ip != "" {
		return p.addressList(i, text)
	}
	if holdsAddress(text) {
		return ""
	}
	return text
}

// address is what may leave of an address: nothing, or its network. Nothing leaves
// of any other text, because it may be an address in an unknown form.
func (p *Rules) address(s string) string {
	if p.clientIP == "omit" {
		return ""
	}
	address, err := netip.ParseAddr(address.Parse(s))
	if err != nil {
		return ""
	}
	bits := 48
	switch {
	case address.Is4():
		bits = 24
	case sixToFour.Contains(address):
		bits = 16 + 24
	}
	network, _ := address.Prefix(bits)
	return network.Addr().String()
}

// sixToFour is the network whose addresses have an IPv4 address after their first
// 16 bits (RFC 3056).
var sixToFour = netip.MustParsePrefix("2002::/16")

// addressList leaves out what cannot be read as an address.
func (p *Rules) addressList(i visit.Field, list string) string {
	var left []string
	for element := range strings.SplitSeq(list, ",") {
		if short := p.address(WithoutPort(i, strings.TrimSpace(element))); short != "" {
			left = append(left, short)
		}
	}
	return strings.Join(left, ", ")
}

// forwardedHeader is what may leave of a Forwarded header (RFC 7239): for= and
// proto= of each element.
func (p *Rules) forwardedHeader(header string) string {
	if p.clientIP == "omit" {
		return ""
	}
	var left []string
	for element := range strings.SplitSeq(header, ",") {
		short := p.address(address.ForwardedParameter(element, "for"))
		if short == "" {
			continue
		}
		if strings.IndexByte(short, ':') >= 0 {
			short = `"[` + short + `]"`
		}
		if proto := uri.SchemeOf(address.ForwardedParameter(element, "proto")); proto != "" {
			short += ";proto=" + proto
		}
		left = append(left, "for="+short)
	}
	return strings.Join(left, ", ")
}

// WithoutPort cuts off the port that CloudFront always writes.
func WithoutPort(i visit.Field, s string) string {
	if i == visit.ViewerAddress {
		return address.CutPort(s)
	}
	return s
}
