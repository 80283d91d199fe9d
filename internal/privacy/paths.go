// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package privacy

import (
	"fmt"
	"regexp"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/agentvisits/agentvisitsexporter/internal/ascii"
	"github.com/agentvisits/agentvisitsexporter/internal/uri"
)

// pathPattern is a PathReplacement.
//
// The pattern sees the path as people read it: "/caf%C3%A9" is "/café". Each byte of
// that stands for a byte or a whole escape of the path, so no match can tear one. What
// no match covers stays byte for byte.
type pathPattern struct {
	pattern *regexp.Regexp
	with    string // escaped as paths are
}

// newPathPattern makes the pattern of a PathReplacement. The error is that of the
// regular expression.
func newPathPattern(r *PathReplacement) (pathPattern, error) {
	pattern, err := regexp.Compile(escapesInPatterns.ReplaceAllStringFunc(r.Pattern, unescapePattern))
	return pathPattern{pattern, uri.Escape(r.With, uri.PathBytes)}, err
}

// escapesInPatterns finds the escapes of a pattern, with a backslash before the "%" or
// without, and what \Q quotes. It also finds what else a backslash escapes, to pass it
// over.
var escapesInPatterns = regexp.MustCompile(`(?s)\\Q.*?(?:\\E|$)|\\[^%]|(?:\\?%[0-9A-Fa-f]{2})+`)

// unescapePattern returns the regular expression of what escapes stand for. "%40" in a
// pattern is the same as "@", because the path has no escape any more.
func unescapePattern(found string) string {
	escapes, isQuoted := strings.CutPrefix(found, `\Q`)
	switch {
	case isQuoted:
		escapes = strings.TrimSuffix(escapes, `\E`)
	case found[0] == '\\' && found[1] != '%':
		return found
	default:
		escapes = strings.ReplaceAll(found, `\%`, "%")
	}
	var out strings.Builder
	for text := decodePath(nil, escapes); len(text) > 0; {
		r, size := utf8.DecodeRune(text)
		fmt.Fprintf(&out, `\x{%x}`, r)
		text = text[size:]
	}
	return out.String()
}

// opaque stands for an escape that a pattern must not take for what it escapes: a
// delimiter, so that [^/]+ covers all of "a%2Fb", and a control character, which "."
// does not match. In regular expressions it is U+FFFD, like each byte that is not UTF-8.
const opaque = 0xff

// opaqueBytes are the bytes whose escapes are opaque.
var opaqueBytes = func() (set ascii.ByteSet) {
	for c := range byte(' ') {
		set[c] = true
	}
	for _, c := range []byte("/?#&\x7f") {
		set[c] = true
	}
	return set
}()

// decodePath appends a path as patterns see it.
func decodePath(dst []byte, path string) []byte {
	for i := 0; i < len(path); i++ {
		c := path[i]
		if uri.IsEscape(path, i) {
			c = ascii.Unhex(path[i+1])<<4 | ascii.Unhex(path[i+2])
			if i += 2; opaqueBytes[c] {
				c = opaque
			}
		}
		dst = append(dst, c)
	}
	return dst
}

// decodedPaths is the memory of decoded paths, which regular expressions would otherwise
// move to the heap for each visit.
var decodedPaths = sync.Pool{New: func() any { return new([]byte) }}

// replace puts the replacement in place of each match in a path or another text.
func (p *pathPattern) replace(path string) string {
	if strings.IndexByte(path, '%') < 0 {
		if !p.pattern.MatchString(path) { // this alone takes no memory
			return path
		}
		return p.pattern.ReplaceAllLiteralString(path, p.with)
	}
	buffer, _ := decodedPaths.Get().(*[]byte)
	defer decodedPaths.Put(buffer)
	decoded := decodePath((*buffer)[:0], path)
	*buffer = decoded
	if !p.pattern.Match(decoded) {
		return path
	}
	var out strings.Builder
	at, raw, copied := 0, 0, 0 // raw is the place in the path of the byte at "at" of decoded
	goTo := func(place int) int {
		for ; at < place; at++ {
			if uri.IsEscape(path, raw) {
				raw += 2
			}
			raw++
		}
		return raw
	}
	for _, match := range p.pattern.FindAllIndex(decoded, -1) {
		out.WriteString(path[copied:goTo(match[0])])
		out.WriteString(p.with)
		copied = goTo(match[1])
	}
	return out.String() + path[copied:]
}

// replaceInPath applies replace_in_paths to an escaped path. The result is one as well,
// whatever the patterns and replacements are. It may be longer than a path may be.
func (r *Rules) replaceInPath(path string) string {
	for i := range r.paths {
		path = rooted(r.paths[i].replace(path))
	}
	return path
}

// rooted puts a slash before a path that has lost its own.
func rooted(path string) string {
	if path == "" || path[0] != '/' {
		return "/" + path
	}
	return path
}
