// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import (
	"strings"
)

// reference is a URL or request target cut into its parts, all borrowed. Parts
// that are not there are empty; user information and fragment are left out.
type reference struct {
	scheme, authority, path, query string
}

// splitReference cuts a full URL ("https://h/p?q"), the absolute form of a
// request target or the origin form ("/p?q"). Two slashes at the start belong to
// the path, as in a request line (RFC 9112, section 3.2).
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

// schemeOf is "http" or "https", or empty if the text is neither. Some producers
// write "HTTP/1.1" in the scheme's place.
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

// pathBytes and queryBytes follow RFC 3986 and, like browsers, lack "|". They lack
// "%" because some producers send decoded paths: if it starts no escape, it is
// escaped itself.
var (
	pathBytes  = newByteSet("-._~!$&'()*+,;=:@/")
	queryBytes = newByteSet("-._~!$&'()*+,;=:@/?[]")
)

// maxEscapedBytes bounds what escape returns. It is more than servers accept in a
// URL, and more than is delivered once secrets are taken out.
const maxEscapedBytes = 32 << 10

// escape percent-encodes what may not stand in this part of a URL. Escapes that
// are there stay as they are. It returns a text that needs none as it is, and of
// others about maxEscapedBytes at most.
func escape(s string, keep *byteSet) string {
	i := 0
	for i < len(s) && (keep[s[i]] || isEscape(s, i)) {
		i++
	}
	if i == len(s) {
		return s
	}
	out := append(make([]byte, 0, len(s)+16), s[:i]...)
	for ; i < len(s) && len(out) < maxEscapedBytes; i++ {
		if keep[s[i]] || isEscape(s, i) {
			out = append(out, s[i])
			continue
		}
		out = append(out, '%', upperHex[s[i]>>4], upperHex[s[i]&15])
	}
	return string(out)
}

func isEscape(s string, i int) bool {
	return s[i] == '%' && i+2 < len(s) && isHex(s[i+1]) && isHex(s[i+2])
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
