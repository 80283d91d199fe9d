// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package uri

import (
	"strings"

	"github.com/agentvisits/agentvisitsexporter/internal/ascii"
)

// WithoutFragment returns a query as it would be sent.
func WithoutFragment(query string) string {
	query, _, _ = strings.Cut(query, "#")
	return query
}

// Reference is a URL or request target cut into its parts, all borrowed. Parts
// that are not there are empty; user information and fragment are left out.
type Reference struct {
	Scheme, Authority, Path, Query string
}

// Split cuts a full URL ("https://h/p?q"), the absolute form of a
// request target or the origin form ("/p?q"). Two slashes at the start belong to
// the path, as in a request line (RFC 9112, section 3.2).
func Split(s string) Reference {
	var r Reference
	s = WithoutFragment(s)
	if s != "" && s[0] != '/' {
		s = r.cutOrigin(s)
	}
	end := strings.IndexByte(s, '?')
	if end < 0 {
		end = len(s)
	} else {
		r.Query = s[end+1:]
	}
	if end > 0 {
		r.Path = s[:end]
	}
	return r
}

// cutOrigin cuts scheme and authority off a full URL, whose path is "/" if it has
// none. It returns the rest.
func (r *Reference) cutOrigin(s string) string {
	scheme, rest, ok := strings.Cut(s, "://")
	if !ok || !isScheme(scheme) {
		return s
	}
	end := strings.IndexAny(rest, "/?")
	if end < 0 {
		end = len(rest)
	}
	r.Scheme, r.Authority, r.Path = scheme, rest[strings.LastIndexByte(rest[:end], '@')+1:end], "/"
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

// SchemeOf is "http" or "https", or empty if the text is neither. Some producers
// write "HTTP/1.1" in the scheme's place.
func SchemeOf(s string) string {
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

// PathBytes and queryBytes follow RFC 3986 and, like browsers, lack "|". They lack
// "%" because some producers send decoded paths: if it starts no escape, it is
// escaped itself.
var (
	PathBytes  = ascii.NewByteSet("-._~!$&'()*+,;=:@/")
	QueryBytes = ascii.NewByteSet("-._~!$&'()*+,;=:@/?[]")
)

// maxEscapedBytes bounds what escape returns. It is more than servers accept in a
// URL, and more than is delivered once secrets are taken out.
const maxEscapedBytes = 32 << 10

// Escape percent-encodes what may not stand in this part of a URL. Escapes that
// are there stay as they are. It returns a text that needs none as it is, and of
// others about maxEscapedBytes at most.
func Escape(s string, keep *ascii.ByteSet) string {
	i := 0
	for i < len(s) && (keep[s[i]] || IsEscape(s, i)) {
		i++
	}
	if i == len(s) {
		return s
	}
	out := append(make([]byte, 0, len(s)+16), s[:i]...)
	for ; i < len(s) && len(out) < maxEscapedBytes; i++ {
		if keep[s[i]] || IsEscape(s, i) {
			out = append(out, s[i])
			continue
		}
		out = append(out, '%', ascii.UpperHex[s[i]>>4], ascii.UpperHex[s[i]&15])
	}
	return string(out)
}

func IsEscape(s string, i int) bool {
	return s[i] == '%' && i+2 < len(s) && ascii.IsHex(s[i+1]) && ascii.IsHex(s[i+2])
}

// Cut cuts s to at most limit bytes, never within an escape.
func Cut(s string, limit int) string {
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
