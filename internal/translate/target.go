// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package translate

import (
	"cmp"
	"strings"

	"github.com/agentvisits/agentvisitsexporter/internal/address"
	"github.com/agentvisits/agentvisitsexporter/internal/ascii"
	"github.com/agentvisits/agentvisitsexporter/internal/mapping"
	"github.com/agentvisits/agentvisitsexporter/internal/redact"
	"github.com/agentvisits/agentvisitsexporter/internal/uri"
	"github.com/agentvisits/agentvisitsexporter/internal/visit"
)

// resolveTarget fills in path, query, scheme and host, without those that are not used. It
// reports whether a path was found.
func (f *facts) resolveTarget(v *visit.Visit, secrets *redact.Keys, unused *visit.FieldSet) bool {
	var t targets
	rawPath, rawQuery := f.text[visit.Path], f.ownQuery()
	switch {
	case f.text[visit.RequestLine] != "" && !f.present.Meets(&besideRequestLine):
		t.sent = uri.Split(f.requestTarget())
		if rawPath, rawQuery = t.sent.Path, t.sent.Query; rawPath == "" || rawPath[0] != '/' {
			rawPath, rawQuery = t.choose(f, "")
		}
	case f.present.Meets(&otherTargets), rawPath != "" && (rawPath[0] != '/' || strings.IndexByte(rawPath, '?') >= 0):
		rawPath, rawQuery = t.choose(f, rawQuery)
	}
	if rawQuery == "" && f.number[visit.Query] == builtQuery {
		rawQuery = f.text[visit.Query]
	}
	if !unused.Has(visit.Scheme) {
		v.Scheme = f.resolveScheme(t.full.Scheme, t.sent.Scheme)
	}
	if !unused.Has(visit.Host) {
		v.Host, v.Served = f.resolveHost(&t)
	}
	return keepTarget(v, secrets, rawPath, rawQuery)
}

// targets are where a path can be that has no key of its own: the target as it was
// sent, and a full URL.
type targets struct {
	sent, full uri.Reference
}

// choose is the best path, and the query: ownQuery if there is one, else that of the
// path.
func (t *targets) choose(f *facts, ownQuery string) (rawPath, rawQuery string) {
	producer := &mapping.Sources[f.source]
	if f.has(visit.FullURL) {
		t.full = uri.Split(f.text[visit.FullURL])
	}
	switch {
	case producer.TargetIsPath && f.has(visit.Target):
		t.sent = splitPath(f.text[visit.Target], ownQuery, t.full.Path)
	case f.has(visit.Target) || f.has(visit.RequestLine):
		t.sent = uri.Split(f.requestTarget())
	}
	own := uri.Reference{Path: f.text[visit.Path]}
	switch {
	case producer.FullURLIsBest && t.full.Path != "":
		own, t.sent = uri.Reference{}, uri.Reference{}
	case own.Path != "" && !producer.TargetIsPath:
		own = splitPath(own.Path, ownQuery, cmp.Or(t.full.Path, t.sent.Path))
	}
	rest := ""
	if rawPath = cmp.Or(own.Path, t.sent.Path, t.full.Path); rawPath == "" {
		rawPath, rest = f.fallback(&t.full)
	}
	if producer.PathLacksSlash && rawPath != "" && rawPath[0] != '/' {
		rawPath = "/" + rawPath
	}
	return rawPath, cmp.Or(ownQuery, own.Query, t.sent.Query, t.full.Query, rest)
}

// splitPath splits what stands under the key of a path. Older and some other producers
// write the query there, too, or the whole URL. A question mark is a part of the path
// if the producer decoded it: then there are bytes that no request line can have, or
// another key has the path with its escapes, or another query.
func splitPath(path, ownQuery, sent string) uri.Reference {
	mark := strings.IndexByte(path, '?')
	if mark < 0 && strings.Index(path, "://") <= 0 {
		return uri.Reference{Path: path}
	}
	if mark >= 0 && (ownQuery != "" && path[mark+1:] != ownQuery || strings.ContainsAny(path, " #") || sent != "" && uri.UnescapePercent(sent) == path) {
		return uri.Reference{Path: path}
	}
	return uri.Split(path)
}

// host is the host of the full URL. It is empty if the URL was made of a target that
// begins with two slashes, because then the visitor wrote what looks like a host there.
func (t *targets) host() string {
	rest, found := strings.CutPrefix(t.sent.Path, "//")
	if found && t.full.Authority != "" && strings.HasPrefix(rest, t.full.Authority) {
		return ""
	}
	return t.full.Authority
}

// otherTargets are the fields besides visit.Path that can hold a path.
var otherTargets = visit.SetOf(visit.Target, visit.RequestLine, visit.FullURL, visit.PathFallback)

// besideRequestLine are the fields that can hold a path or a query besides a request line.
// Of a line of an access log there are none.
var besideRequestLine = otherTargets.With(visit.SetOf(visit.Path, visit.Query)).Without(visit.SetOf(visit.RequestLine))

// keepTarget fills in path and query, escaped and without secrets. It reports whether
// there is a path.
func keepTarget(v *visit.Visit, secrets *redact.Keys, rawPath, rawQuery string) bool {
	if rawPath == "" || rawPath[0] != '/' {
		return false
	}
	v.Path, v.Query, v.Cut = rawPath, rawQuery, false
	signs := pathSign(0)
	for i := range len(rawPath) {
		signs |= pathSigns[rawPath[i]]
	}
	if len(rawPath) > visit.MaxTargetBytes || signs&harmful != 0 || signs&ofToken != 0 && redact.HoldsToken(rawPath) {
		v.Path = cutTarget(v, secrets.Path(uri.Escape(rawPath, uri.PathBytes)), visit.MaxTargetBytes)
	}
	if room := visit.MaxTargetBytes - len(v.Path); len(rawQuery) > room || !secrets.Spare(rawQuery) {
		v.Query = cutTarget(v, secrets.Query(uri.Escape(uri.WithoutFragment(rawQuery), uri.QueryBytes)), room)
	}
	return true
}

// cutTarget cuts a path or a query to its room, and notes if it had to.
func cutTarget(v *visit.Visit, text string, room int) string {
	v.Cut = v.Cut || len(text) > room
	return uri.Cut(text, room)
}

// fallback is the path to use if there is no better one, and the query in it if no key
// of its own has one. Some producers write the whole URL there.
func (f *facts) fallback(full *uri.Reference) (path, rest string) {
	text := f.text[visit.PathFallback]
	isWhole := strings.Index(text, "://") > 0 && text[0] != '/'
	if f.has(visit.Query) && f.number[visit.Query] != builtQuery && !isWhole {
		return text, ""
	}
	r := uri.Split(text)
	if isWhole {
		*full = r
	}
	return r.Path, r.Query
}

// gatewayQuery begins what Azure's Application Gateway notes in place of a query.
const gatewayQuery = "X-AzureApplicationGateway-"

// ownQuery is the query that has a key of its own.
func (f *facts) ownQuery() string {
	if !f.has(visit.Query) || f.number[visit.Query] == builtQuery {
		return ""
	}
	own := strings.TrimPrefix(f.text[visit.Query], "?")
	if strings.HasPrefix(own, gatewayQuery) {
		return ""
	}
	if f.precedence[visit.Query] == mapping.FromBuiltinKey { // url.query
		return own
	}
	return queryOfText(own)
}

// requestTarget is the target as it was sent. Some formats write it alone under the
// key of the request line.
func (f *facts) requestTarget() string {
	line := f.text[visit.RequestLine]
	if f.has(visit.Target) || line == "" {
		return f.text[visit.Target]
	}
	if line[0] == '/' || line[0] == 'h' && strings.IndexByte(line, ' ') < 0 { // or a whole URL
		return line
	}
	end := strings.IndexByte(line, ' ') //nolint:modernize // Cut takes twice as long to find a byte
	if end < 0 {
		return ""
	}
	return withoutProtocol(line[end+1:])
}

// withoutProtocol cuts off the protocol after a target.
func withoutProtocol(s string) string {
	for _, length := range [...]int{len(" HTTP/1.1"), len(" HTTP/2")} { // as nearly all end
		if at := len(s) - length; at >= 0 && strings.HasPrefix(s[at:], " HTTP/") {
			return s[:at]
		}
	}
	if end := strings.LastIndex(s, " HTTP/"); end >= 0 {
		return s[:end]
	}
	if end := strings.LastIndexByte(s, ' '); end >= 0 {
		switch s[end+1:] {
		case "1.0", "1.1", "2", "3": // Hypercorn, which writes paths without escapes
			return s[:end]
		}
	}
	return s
}

// resolveScheme is the scheme of the visitor's connection, which a proxy knows better
// than the server. It defaults to https, which nearly all sites use. full and sent are
// the schemes of the full URL and of the target.
func (f *facts) resolveScheme(full, sent string) string {
	if full == "" && sent == "" && !f.present.Meets(&forwardedSchemes) {
		return cmp.Or(f.text[visit.Scheme], "https")
	}
	if f.forwarded == ignored {
		return cmp.Or(uri.SchemeOf(full), uri.SchemeOf(sent), f.text[visit.Scheme], "https")
	}
	if f.has(visit.ForwardedProto) {
		first, _, _ := strings.Cut(f.text[visit.ForwardedProto], ",")
		if name := uri.SchemeOf(first); name != "" {
			return name
		}
	}
	if f.has(visit.Forwarded) {
		if name := uri.SchemeOf(address.ForwardedParameter(f.text[visit.Forwarded], "proto")); name != "" {
			return name
		}
	}
	return cmp.Or(uri.SchemeOf(full), uri.SchemeOf(sent), f.text[visit.Scheme], "https")
}

// forwardedSchemes are the fields in which a proxy tells the visitor's scheme.
var forwardedSchemes = visit.SetOf(visit.ForwardedProto, visit.Forwarded)

// pathSign says why a byte makes a path be looked at more closely.
type pathSign uint8

const (
	harmful pathSign = 1 << iota // it is none of harmlessBytes
	ofToken                      // it can be the sign of a token
)

// harmlessBytes are the bytes that a path can have without an escape, and with which
// alone no secret but a token can be written: that takes a "=", a "@" or an escape.
var harmlessBytes = ascii.NewByteSet("-._~!$&()*+,;:/")

var pathSigns = func() (signs [256]pathSign) {
	for c := range signs {
		if !harmlessBytes[c] {
			signs[c] |= harmful
		}
		if redact.MaySignToken(byte(c)) {
			signs[c] |= ofToken
		}
	}
	return signs
}()
