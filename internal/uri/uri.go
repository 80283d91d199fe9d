// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package uri

import (
	"strings"
)

// Reference is a URL or a request target, cut into its parts, which share its memory.
// A part that is absent is empty. User information and fragment are left out.
type Reference struct {
	Scheme, Authority, Path, Query string
}

// Split cuts a full URL ("https://h/p?q"), which may be a request target in absolute
// form, or a request target in origin form ("/p?q"). Two slashes at the start belong
// to the path, as in a request line (RFC 9112, section 3.2).
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

// cutOrigin cuts scheme and authority off a full URL and returns the rest. It sets the
// path to "/", because a full URL may have none.
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

// SchemeOf returns "http" or "https", or an empty text if s is neither. Some producers
// write "HTTP/1.1" instead of a scheme.
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

// WithoutFragment cuts off a fragment, which clients never send to a server.
func WithoutFragment(s string) string {
	if end := strings.IndexByte(s, '#'); end >= 0 { //nolint:modernize // Cut takes twice as long to find a byte
		return s[:end]
	}
	return s
}
