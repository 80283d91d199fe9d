// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import (
	"net/netip"
	"regexp"
	"strings"

	"github.com/agentvisits/agentvisitsexporter/internal/agents"
)

// privacy is what users decide about the data that leaves, and about whose data.
type privacy struct {
	secrets  *secretKeys
	allowed  *allowList // nil: all keys of queries may leave
	clientIP string     // one of clientIPModes; empty stands for full
	paths    []pathPattern
	removed  []field
	agents   *agents.Set // nil if everybody's visits are delivered
	referred bool        // so are those of people whom an assistant sent
	added    fieldSet    // headers that users add
}

type pathPattern struct {
	*regexp.Regexp
	with string
}

// newPrivacy takes a configuration that was validated. clientIP is one of
// clientIPModes or empty.
func newPrivacy(c *PrivacyConfig, clientIP string) *privacy {
	p := &privacy{clientIP: clientIP}
	kept := c.Query.KeepKeys
	switch c.Query.Mode {
	case "keep":
		p.allowed, kept = newAllowList(kept), nil
	case "drop":
		p.allowed = newAllowList(nil)
	}
	if c.Who != "" && c.Who != whoModes[0] {
		p.agents, p.referred = agents.With(c.Agents...), c.Who == "agents_and_referred"
	}
	p.secrets = builtinSecrets.with(c.Query.SecretKeys, kept)
	for _, r := range c.ReplaceInPaths {
		p.paths = append(p.paths, pathPattern{regexp.MustCompile(r.Pattern), escape(r.With, pathBytes)})
	}
	for _, name := range c.Headers.Request.Remove {
		p.removed = append(p.removed, requestHeader(headerName(name)))
	}
	for _, name := range c.Headers.Response.Remove {
		p.removed = append(p.removed, responseHeader(headerName(name)))
	}
	request, response := c.Headers.added()
	p.added = fieldsWithin(firstAddedRequest, firstAddedRequest+field(len(request))).
		with(fieldsWithin(firstAddedResponse, firstAddedResponse+field(len(response))))
	return p
}

// leavesOut says whether a visitor is none of those whose visits are delivered.
// Whoever signs with Web Bot Auth is an agent.
func (p *privacy) leavesOut(v *visit) bool {
	if p.agents == nil || v.text[signatureAgent] != "" {
		return false
	}
	if _, known := p.agents.Find(v.text[userAgent]); known {
		return false
	}
	return !p.referred || agents.ReferredBy(v.text[referer], v.query) == ""
}

// apply removes from a complete visit what must not leave. text is the visit's.
func (p *privacy) apply(v *visit, text *[fieldCount]string) {
	if p.allowed != nil {
		v.query = p.allowed.query(v.query)
	}
	if len(p.paths) > 0 {
		v.path = cutEscaped(p.replace(v.path), maxTargetBytes)
		if v.path == "" || v.path[0] != '/' {
			v.path = "/" + v.path
		}
	}
	for i := range v.present.shared(&urlFields) {
		text[i] = p.secrets.header(text[i])
		if p.allowed != nil {
			text[i] = p.allowed.header(text[i])
		}
		text[i] = p.replace(text[i])
	}
	for i := range v.present.shared(&p.added) {
		text[i] = p.secrets.header(text[i])
	}
	if p.clientIP != "" && p.clientIP != "full" {
		p.hideAddresses(v, text)
	}
	for _, i := range p.removed {
		text[i] = ""
	}
}

func (p *privacy) replace(text string) string {
	for _, pattern := range p.paths {
		text = pattern.ReplaceAllLiteralString(text, pattern.with)
	}
	return text
}

// urlFields are the texts of a visit that hold URLs.
var urlFields = setOf(
	referer, requestHeader("origin"), requestHeader("ucp-agent"), mcpTool,
	location, link, responseHeader("access-control-allow-origin"),
)

// hideAddresses truncates or removes the visitor's address in every field and
// header that can have it.
func (p *privacy) hideAddresses(v *visit, text *[fieldCount]string) {
	v.clientIP = p.address(v.clientIP)
	for i := forwardedFor; i <= viewerAddress; i++ {
		switch {
		case text[i] == "":
		case i == forwarded:
			text[i] = p.forwardedHeader(text[i])
		default:
			text[i] = p.addressList(i, text[i])
		}
	}
	for i := range v.present.shared(&freeHeaders) {
		text[i] = p.freeHeader(i, text[i])
	}
	text[via] = "" // names the proxies on the way, in a form of their own
}

// freeHeaders may hold anything, addresses too: what users add, and From.
var freeHeaders = fieldsWithin(firstAddedRequest, fieldCount).with(setOf(requestHeader("from")))

// freeHeader leaves of a list of addresses what may leave of each. Any other text
// that holds an address is left out.
func (p *privacy) freeHeader(i field, text string) string {
	if ip, _ := bestAddress(text); ip != "" {
		return p.addressList(i, text)
	}
	if holdsAddress(text) {
		return ""
	}
	return text
}

// address is what may leave of an address: nothing, or its network. Nothing leaves
// of any other text, because it may be an address in an unknown form.
func (p *privacy) address(s string) string {
	if p.clientIP == "omit" {
		return ""
	}
	address, err := netip.ParseAddr(addressOf(s))
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
func (p *privacy) addressList(i field, list string) string {
	var left []string
	for element := range strings.SplitSeq(list, ",") {
		if short := p.address(withoutPort(i, strings.TrimSpace(element))); short != "" {
			left = append(left, short)
		}
	}
	return strings.Join(left, ", ")
}

// forwardedHeader is what may leave of a Forwarded header (RFC 7239): for= and
// proto= of each element.
func (p *privacy) forwardedHeader(header string) string {
	if p.clientIP == "omit" {
		return ""
	}
	var left []string
	for element := range strings.SplitSeq(header, ",") {
		short := p.address(forwardedParameter(element, "for"))
		if short == "" {
			continue
		}
		if strings.IndexByte(short, ':') >= 0 {
			short = `"[` + short + `]"`
		}
		if proto := schemeOf(forwardedParameter(element, "proto")); proto != "" {
			short += ";proto=" + proto
		}
		left = append(left, "for="+short)
	}
	return strings.Join(left, ", ")
}

// withoutPort cuts off the port that CloudFront always writes.
func withoutPort(i field, s string) string {
	if i == viewerAddress {
		return cutPort(s)
	}
	return s
}
