// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import (
	"net/netip"
	"regexp"
	"slices"
	"strings"

	"github.com/agentvisits/agentvisitsexporter/internal/agents"
)

// privacy is what users decide about the data that leaves. Its tables are made
// once.
type privacy struct {
	secrets  *secretKeys
	query    string // mode; empty is redact
	keep     map[string]bool
	prefixes []string
	clientIP string // mode; empty is full
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
	p := &privacy{query: c.Query.Mode, clientIP: c.ClientIP.Mode, headers: builtinHeaders, keep: map[string]bool{}}
	kept := c.Query.KeepKeys
	if p.query == "keep" {
		kept = nil
		for _, key := range c.Query.KeepKeys {
			if name, isPrefix := strings.CutSuffix(key, "*"); isPrefix {
				p.prefixes = append(p.prefixes, plainKey(name))
			} else {
				p.keep[plainKey(name)] = true
			}
		}
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
	if p.query != "" {
		v.query = p.chosen(v.query)
	}
	if len(p.paths) > 0 {
		v.path = cutEscaped(p.replace(v.path), maxTargetBytes)
		if v.path == "" || v.path[0] != '/' {
			v.path = "/" + v.path
		}
	}
	for i := range v.present.shared(&urlFields) {
		text[i] = p.replace(p.chosenIn(p.secrets.redact(text[i], inHeader)))
	}
	if p.headers != builtinHeaders {
		for i := firstAddedRequest; i < fieldCount; i++ {
			text[i] = p.secrets.redact(text[i], inHeader)
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

// chosen is what the mode leaves of a query.
func (p *privacy) chosen(query string) string {
	switch p.query {
	case "drop":
		return ""
	case "keep":
		var left []string
		for pair := range strings.SplitSeq(query, "&") {
			name, _, _ := strings.Cut(pair, "=")
			if key := plainKey(unescapePercent(name)); p.keep[key] || slices.ContainsFunc(p.prefixes, func(start string) bool { return strings.HasPrefix(key, start) }) {
				left = append(left, pair)
			}
		}
		return strings.Join(left, "&")
	}
	return query
}

// chosenIn does the same for the queries of URLs in a header.
func (p *privacy) chosenIn(text string) string {
	if p.query == "" || p.query == "redact" || strings.IndexByte(text, '?') < 0 {
		return text
	}
	var out strings.Builder
	for text != "" {
		before, rest, found := strings.Cut(text, "?")
		out.WriteString(before)
		if !found {
			break
		}
		end := strings.IndexAny(rest, `>" `)
		if end < 0 {
			end = len(rest)
		}
		if left := p.chosen(rest[:end]); left != "" {
			out.WriteString("?" + left)
		}
		text = rest[end:]
	}
	return out.String()
}

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

// withoutPort cuts off the port that CloudFront always writes.
func withoutPort(i field, s string) string {
	if i == viewerAddress {
		return cutPort(s)
	}
	return s
}
