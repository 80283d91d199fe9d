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

// resolveTarget fills in path, query and, if the site is wanted, scheme and host.
// It reports false if no path can be found.
func (f *facts) resolveTarget(v *visit.Visit, secrets *redact.Keys, site bool) bool {
	from := &mapping.Sources[f.source]
	var t targets
	rawPath, rawQuery := f.text[visit.Path], f.ownQuery()
	if f.present.Meets(&otherTargets) || from.PathHoldsQuery || from.PathLacksSlash {
		rawPath, rawQuery = t.choose(f, rawQuery)
	}
	if site {
		v.Scheme, v.Host = f.resolveScheme(t.full.Scheme, t.sent.Scheme), f.resolveHost(t.full.Authority, t.sent.Authority)
	}
	return keepTarget(v, secrets, rawPath, rawQuery)
}

// targets are where a path may be if it has no key of its own: the target as it was
// sent, and a full URL.
type targets struct {
	sent, full uri.Reference
}

// choose is the best path, and its query unless there is one under a key of its own.
func (t *targets) choose(f *facts, ownQuery string) (rawPath, rawQuery string) {
	from := &mapping.Sources[f.source]
	switch {
	case from.TargetIsPath && f.has(visit.Target):
		t.sent.Path = f.text[visit.Target]
	case f.has(visit.Target) || f.has(visit.RequestLine):
		t.sent = uri.Split(f.requestTarget())
	}
	if f.has(visit.FullURL) {
		t.full = uri.Split(f.text[visit.FullURL])
	}
	own := uri.Reference{Path: f.text[visit.Path]}
	switch {
	case from.PathHoldsQuery:
		own = uri.Split(own.Path)
	case from.FullURLIsBest && t.full.Path != "":
		own, t.sent = uri.Reference{}, uri.Reference{}
	}
	rest := ""
	if rawPath = firstOf(own.Path, t.sent.Path, t.full.Path); rawPath == "" {
		rawPath, rest = f.fallback()
	}
	if from.PathLacksSlash && rawPath != "" && rawPath[0] != '/' {
		rawPath = "/" + rawPath
	}
	return rawPath, firstOf(ownQuery, own.Query, t.sent.Query, t.full.Query, rest)
}

// otherTargets are the fields that may hold a path besides path itself.
var otherTargets = visit.SetOf(visit.Target, visit.RequestLine, visit.FullURL, visit.PathFallback)

// keepTarget fills in path and query, escaped and without secrets.
func keepTarget(v *visit.Visit, secrets *redact.Keys, rawPath, rawQuery string) bool {
	if rawPath == "" || rawPath[0] != '/' {
		return false
	}
	v.Path, v.Query = rawPath, rawQuery
	if len(rawPath) > visit.MaxTargetBytes || !harmlessBytes.HoldAll(rawPath) {
		v.Path = uri.Cut(secrets.Path(uri.Escape(rawPath, uri.PathBytes)), visit.MaxTargetBytes)
	}
	if room := visit.MaxTargetBytes - len(v.Path); len(rawQuery) > room || !secrets.Spare(rawQuery) {
		v.Query = uri.Cut(secrets.Query(uri.Escape(uri.WithoutFragment(rawQuery), uri.QueryBytes)), room)
	}
	return true
}

// fallback is the path to use if there is no better one, and the query in it if there
// is none under a key of its own.
func (f *facts) fallback() (path, rest string) {
	if f.has(visit.Query) {
		return f.text[visit.PathFallback], ""
	}
	r := uri.Split(f.text[visit.PathFallback])
	return r.Path, r.Query
}

// gatewayQuery is how notes of Azure's Application Gateway begin that stand in place
// of the query.
const gatewayQuery = "X-AzureApplicationGateway-"

// ownQuery is the query under a key of its own.
func (f *facts) ownQuery() string {
	if !f.has(visit.Query) {
		return ""
	}
	own := strings.TrimPrefix(f.text[visit.Query], "?")
	if strings.HasPrefix(own, gatewayQuery) {
		return ""
	}
	return own
}

// requestTarget is the target as in the request line. Some formats write only the
// target under the key of the line.
func (f *facts) requestTarget() string {
	line := f.text[visit.RequestLine]
	if f.has(visit.Target) || line == "" {
		return f.text[visit.Target]
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
	if full == "" && sent == "" && !f.present.Meets(&forwardedSchemes) {
		return cmp.Or(f.text[visit.Scheme], "https")
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
	return firstOf(uri.SchemeOf(full), uri.SchemeOf(sent), f.text[visit.Scheme], "https")
}

// forwardedSchemes are the fields in which a proxy says how the visitor came.
var forwardedSchemes = visit.SetOf(visit.ForwardedProto, visit.Forwarded)

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
var harmlessBytes = ascii.NewByteSet("-._~!$&()*+,;:/")
