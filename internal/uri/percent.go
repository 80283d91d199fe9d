// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package uri

import (
	"strings"

	"github.com/agentvisits/agentvisitsexporter/internal/ascii"
)

// PathBytes and QueryBytes are the bytes that may stand in a path and in a query
// (RFC 3986). Like browsers, they lack "|". They lack "%" because some producers send
// decoded paths: a "%" that starts no escape has to be escaped itself.
var (
	PathBytes  = ascii.NewByteSet("-._~!$&'()*+,;=:@/")
	QueryBytes = ascii.NewByteSet("-._~!$&'()*+,;=:@/?[]")
)

// maxEscapedBytes bounds what Escape returns. It is more than servers accept in a URL,
// and more than is delivered after secrets are removed.
const maxEscapedBytes = 32 << 10

// Escape percent-encodes the bytes of s that are not in keep. Escapes that s has
// already stay as they are. A text that needs no escape is returned as it is; any other
// is cut to about maxEscapedBytes.
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

// AppendParameter appends a parameter of a query, whose name and value have no escapes.
func AppendParameter(to []byte, name, text string) []byte {
	if len(to) > 0 {
		to = append(to, '&')
	}
	return appendComponent(append(appendComponent(to, name), '='), text)
}

// appendComponent appends a text of which every byte stands for itself, as
// encodeURIComponent of JavaScript does.
func appendComponent(to []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; componentBytes[c] {
			to = append(to, c)
		} else {
			to = append(to, '%', ascii.UpperHex[c>>4], ascii.UpperHex[c&15])
		}
	}
	return to
}

var componentBytes = ascii.NewByteSet("-._~!*'()")

// IsEscape reports whether an escape (%HH) starts at s[i].
func IsEscape(s string, i int) bool {
	return s[i] == '%' && i+2 < len(s) && ascii.IsHex(s[i+1]) && ascii.IsHex(s[i+2])
}

// Cut cuts s to at most limit bytes, but never within an escape.
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

// UnescapePercent undoes %HH. It does so twice if the percent sign itself is escaped.
func UnescapePercent(s string) string {
	if strings.IndexByte(s, '%') < 0 {
		return s
	}
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if !IsEscape(s, i) {
			out = append(out, s[i])
			continue
		}
		c := ascii.Unhex(s[i+1])<<4 | ascii.Unhex(s[i+2])
		i += 2
		if c == '%' && i+2 < len(s) && ascii.IsHex(s[i+1]) && ascii.IsHex(s[i+2]) {
			c = ascii.Unhex(s[i+1])<<4 | ascii.Unhex(s[i+2])
			i += 2
		}
		out = append(out, c)
	}
	return string(out)
}
