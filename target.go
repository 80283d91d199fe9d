// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import (
	"cmp"
	"strings"
)

// resolveTarget fills in path, query and, if the site is wanted, scheme and host.
// It reports false if no path can be found.
func (f *facts) resolveTarget(v *visit, secrets *secretKeys, site bool) bool {
	from := &sources[f.source]
	var t targets
	rawPath, rawQuery := f.text[path], f.ownQuery()
	if f.present.meets(&otherTargets) || from.pathHoldsQuery || from.pathLacksSlash {
		rawPath, rawQuery = t.choose(f, rawQuery)
	}
	if site {
		v.scheme, v.host = f.resolveScheme(t.full.scheme, t.sent.scheme), f.resolveHost(t.full.authority, t.sent.authority)
	}
	return keepTarget(v, secrets, rawPath, rawQuery)
}

// targets are where a path may be if it has no key of its own: the target as it was
// sent, and a full URL.
type targets struct {
	sent, full reference
}

// choose is the best path, and its query unless there is one under a key of its own.
func (t *targets) choose(f *facts, ownQuery string) (rawPath, rawQuery string) {
	from := &sources[f.source]
	switch {
	case from.targetIsPath && f.has(target):
		t.sent.path = f.text[target]
	case f.has(target) || f.has(requestLine):
		t.sent = splitReference(f.requestTarget())
	}
	if f.has(fullURL) {
		t.full = splitReference(f.text[fullURL])
	}
	own := reference{path: f.text[path]}
	switch {
	case from.pathHoldsQuery:
		own = splitReference(own.path)
	case from.fullURLIsBest && t.full.path != "":
		own, t.sent = reference{}, reference{}
	}
	rest := ""
	if rawPath = firstOf(own.path, t.sent.path, t.full.path); rawPath == "" {
		rawPath, rest = f.fallback()
	}
	if from.pathLacksSlash && rawPath != "" && rawPath[0] != '/' {
		rawPath = "/" + rawPath
	}
	return rawPath, firstOf(ownQuery, own.query, t.sent.query, t.full.query, rest)
}

// otherTargets are the fields that may hold a path besides path itself.
var otherTargets = setOf(target, requestLine, fullURL, pathFallback)

// keepTarget fills in path and query, escaped and without secrets.
func keepTarget(v *visit, secrets *secretKeys, rawPath, rawQuery string) bool {
	if rawPath == "" || rawPath[0] != '/' {
		return false
	}
	v.path, v.query = rawPath, rawQuery
	if len(rawPath) > maxTargetBytes || !harmlessBytes.holdAll(rawPath) {
		v.path = cutEscaped(secrets.path(escape(rawPath, pathBytes)), maxTargetBytes)
	}
	if room := maxTargetBytes - len(v.path); len(rawQuery) > room || !secrets.spare(rawQuery) {
		v.query = cutEscaped(secrets.query(escape(withoutFragment(rawQuery), queryBytes)), room)
	}
	return true
}

// fallback is the path to use if there is no better one, and the query in it if there
// is none under a key of its own.
func (f *facts) fallback() (path, rest string) {
	if f.has(query) {
		return f.text[pathFallback], ""
	}
	r := splitReference(f.text[pathFallback])
	return r.path, r.query
}

// gatewayQuery is how notes of Azure's Application Gateway begin that stand in place
// of the query.
const gatewayQuery = "X-AzureApplicationGateway-"

// ownQuery is the query under a key of its own.
func (f *facts) ownQuery() string {
	if !f.has(query) {
		return ""
	}
	own := strings.TrimPrefix(f.text[query], "?")
	if strings.HasPrefix(own, gatewayQuery) {
		return ""
	}
	return own
}

// requestTarget is the target as in the request line. Some formats write only the
// target under the key of the line.
func (f *facts) requestTarget() string {
	line := f.text[requestLine]
	if f.has(target) || line == "" {
		return f.text[target]
	}
	if line[0] == '/' {
		return line
	}
	_, rest, _ := strings.Cut(line, " ")
	if end := strings.LastIndex(rest, " HTTP/"); end >= 0 {
		rest = rest[:end]
	}
	return rest
}

// resolveScheme prefers what a proxy says of the visitor's connection to what the
// server knows of its own. It defaults to https, as nearly all sites are.
func (f *facts) resolveScheme(full, sent string) string {
	if full == "" && sent == "" && !f.present.meets(&forwardedSchemes) {
		return cmp.Or(f.text[scheme], "https")
	}
	if f.has(forwardedProto) {
		first, _, _ := strings.Cut(f.text[forwardedProto], ",")
		if name := schemeOf(first); name != "" {
			return name
		}
	}
	if f.has(forwarded) {
		if name := schemeOf(forwardedParameter(f.text[forwarded], "proto")); name != "" {
			return name
		}
	}
	return firstOf(schemeOf(full), schemeOf(sent), f.text[scheme], "https")
}

// forwardedSchemes are the fields in which a proxy says how the visitor came.
var forwardedSchemes = setOf(forwardedProto, forwarded)

func firstOf(candidates ...string) string {
	for _, s := range candidates {
		if s != "" {
			return s
		}
	}
	return ""
}

// harmlessBytes are the bytes of a path that need no escape, and with which alone no
// secret can be written; see secretKeys.redact.
var harmlessBytes = newByteSet("-._~!$&()*+,;:/")
