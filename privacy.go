// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import (
	"net/netip"
	"regexp"
	"strings"

	"github.com/agentvisits/agentvisitsexporter/internal/agents"
)

// privacy is what users decide about the data that leaves. Its tables are made
// once.
type privacy struct {
	secrets  *secretKeys
	allowed  *allowList // nil: all keys of queries may leave
	clientIP string     // mode; empty is full
	paths    []pathPattern
	removed  []field
	agents   *agents.Set // nil: everybody counts
	referred bool        // people whom an assistant sent count, too
	headers  *headerNames
}

type pathPattern struct {
	*regexp.Regexp
	with string
}

// newPrivacy takes a configuration that was validated.
func newPrivacy(c *VisitsConfig) *privacy {
	p := &privacy{clientIP: c.ClientIP.Mode, headers: builtinHeaders}
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
	if len(c.Headers.Request.Add)+len(c.Headers.Response.Add) > 0 {
		all := *builtinHeaders
		all.add(firstAddedRequest, plainNames(c.Headers.Request.Add))
		all.add(firstAddedResponse, plainNames(c.Headers.Response.Add))
		p.headers = &all
	}
	return p
}

func plainNames(names []string) []string {
	plain := make([]string, len(names))
	for i, name := range names {
		plain[i] = headerName(name)
	}
	return plain
}

// leavesOut says whether whoever made a request is none of those whose visits
// are delivered. Who signs with Web Bot Auth is an agent.
func (p *privacy) leavesOut(v *visit) bool {
	if p.agents == nil || v.text[signatureAgent] != "" {
		return false
	}
	if _, known := p.agents.Find(v.text[userAgent]); known {
		return false
	}
	return !p.referred || agents.ReferredBy(v.text[referer], v.query) == ""
}

// apply takes out of a visit, once all of it is known, what is not to leave.
func (p *privacy) apply(v *visit, text *[fieldCount]string) {
	v.headers = p.headers
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
	if p.headers != builtinHeaders {
		for i := firstAddedRequest; i < fieldCount; i++ {
			text[i] = p.secrets.header(text[i])
		}
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

// hideAddresses treats the visitor's address in every place that has it.
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
	for i := firstAddedRequest; i < fieldCount; i++ {
		if ip, _ := bestAddress(text[i]); ip != "" {
			text[i] = p.addressList(i, text[i])
		}
	}
	text[via] = "" // may name addresses anywhere
}

// address is what may leave of an address: nothing, or its network. What is no
// address may be one in an unknown form, so nothing of it leaves.
func (p *privacy) address(s string) string {
	if p.clientIP == "omit" {
		return ""
	}
	address, err := netip.ParseAddr(addressOf(s))
	if err != nil {
		return ""
	}
	bits := 48
	if address.Is4() {
		bits = 24
	}
	network, _ := address.Prefix(bits)
	return network.Addr().String()
}

func (p *privacy) addressList(i field, list string) string {
	var left []string
	for element := range strings.SplitSeq(list, ",") {
		if short := p.address(withoutPort(i, strings.TrimSpace(element))); short != "" {
			left = append(left, short)
		}
	}
	return strings.Join(left, ", ")
}

// forwardedHeader leaves of each element of a Forwarded header (RFC 7239) for=
// and proto=.
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
