// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import (
	"cmp"
	"strings"
)

// reference is a URL or request target cut into its parts, all borrowed. Parts
// that are not there are empty; user information and fragment are left out.
type reference struct {
	scheme, authority, path, query string
}

// splitReference cuts a full URL ("https://h/p?q"), the absolute form of a
// request target or the origin form ("/p?q"). Two slashes at the start belong
// to a path, for so they do in a request line (RFC 9112, section 3.2).
func splitReference(s string) reference {
	var r reference
	s = withoutFragment(s)
	if s != "" && s[0] != '/' {
		s = r.cutOrigin(s)
	}
	end := strings.IndexByte(s, '?')
	if end < 0 {
		end = len(s)
	} else {
		r.query = s[end+1:]
	}
	if end > 0 {
		r.path = s[:end]
	}
	return r
}

// cutOrigin cuts scheme and authority off a full URL, whose path is "/" if it has
// none. It returns the rest.
func (r *reference) cutOrigin(s string) string {
	scheme, rest, ok := strings.Cut(s, "://")
	if !ok || !isScheme(scheme) {
		return s
	}
	end := strings.IndexAny(rest, "/?")
	if end < 0 {
		end = len(rest)
	}
	r.scheme, r.authority, r.path = scheme, rest[strings.LastIndexByte(rest[:end], '@')+1:end], "/"
	return rest[end:]
}

func isScheme(s string) bool {
	for i := range len(s) {
		if c := s[i] | 0x20; c < 'a' || c > 'z' {
			return false
		}
	}
	return s != ""
}

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

// targets are what a path can be taken from besides the path under its own key:
// the target as it was sent, and a full URL.
type targets struct {
	sent, full reference
}

// choose is the best path, and the query that goes with it if none stands under a
// key of its own.
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

// fallback is a path that nothing better stands beside, and the query that it
// holds if there is no other.
func (f *facts) fallback() (path, rest string) {
	if f.has(query) {
		return f.text[pathFallback], ""
	}
	r := splitReference(f.text[pathFallback])
	return r.path, r.query
}

// gatewayQuery starts what Azure's Application Gateway notes for itself in the
// query's place.
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

// requestTarget is the target as it stood in the request line. Some formats
// name the target like the line.
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

// resolveScheme prefers what a proxy says of the visitor's connection over
// what the server knows of its own. Sites of today are on https.
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

// schemeOf is "http" or "https", or empty for what is neither, as the
// "HTTP/1.1" that some producers write in the scheme's place.
func schemeOf(s string) string {
	if s == "" || s == "https" || s == "http" {
		return s
	}
	switch s = strings.TrimSpace(s); {
	case strings.EqualFold(s, "https"), strings.EqualFold(s, "wss"):
		return "https"
	case strings.EqualFold(s, "http"), strings.EqualFold(s, "ws"):
		return "http"
	}
	return ""
}

func firstOf(candidates ...string) string {
	for _, s := range candidates {
		if s != "" {
			return s
		}
	}
	return ""
}

// byteSet tells which bytes stand for themselves in a part of a URL.
type byteSet [256]bool

// pathBytes and queryBytes follow RFC 3986 and, like browsers, keep "|" out.
// A "%" that starts no escape is escaped itself: some producers send decoded
// paths.
var (
	pathBytes  = newByteSet("-._~!$&'()*+,;=:@/")
	queryBytes = newByteSet("-._~!$&'()*+,;=:@/?[]")
)

// harmlessBytes are the bytes of a path that need no escape and cannot be a
// part of anything that is redacted; see secretKeys.redact.
var harmlessBytes = newByteSet("-._~!$&()*+,;:/")

func (set *byteSet) holdAll(s string) bool {
	for i := range len(s) {
		if !set[s[i]] {
			return false
		}
	}
	return true
}

func newByteSet(marks string) *byteSet {
	var set byteSet
	for c := byte('0'); c <= 'z'; c++ {
		set[c] = c <= '9' || (c >= 'A' && c <= 'Z') || c >= 'a'
	}
	for i := range len(marks) {
		set[marks[i]] = true
	}
	return &set
}

// escape percent-encodes what may not stand in this part of a URL. Escapes that
// are there stay as they are. What needs none is returned as it is.
func escape(s string, keep *byteSet) string {
	i := 0
	for i < len(s) && (keep[s[i]] || isEscape(s, i)) {
		i++
	}
	if i == len(s) {
		return s
	}
	out := append(make([]byte, 0, len(s)+16), s[:i]...)
	for ; i < len(s) && len(out) < 4*maxTargetBytes; i++ {
		if keep[s[i]] || isEscape(s, i) {
			out = append(out, s[i])
			continue
		}
		out = append(out, '%', upperHex[s[i]>>4], upperHex[s[i]&15])
	}
	return string(out)
}

const upperHex = "0123456789ABCDEF"

func isEscape(s string, i int) bool {
	return s[i] == '%' && i+2 < len(s) && isHex(s[i+1]) && isHex(s[i+2])
}

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'f'
}

// cutEscaped cuts s to at most limit bytes, never within an escape.
func cutEscaped(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	for back := 1; back <= 2; back++ {
		if limit >= back && s[limit-back] == '%' {
			return s[:limit-back]
		}
	}
	return s[:max(limit, 0)]
}
