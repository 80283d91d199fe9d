// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package privacy

import "github.com/agentvisits/agentvisitsexporter/internal/ascii"

// replaceInHeader applies replace_in_paths to a header that may hold URLs. Each pattern sees
// the path of each URL by itself, so that "^" and "$" mean the same as in a visit's path, and
// then the whole text.
func (r *Rules) replaceInHeader(text string) string {
	for i := range r.paths {
		p := &r.paths[i]
		text = p.replace(p.replaceInURLs(text))
	}
	return text
}

// replaceInURLs replaces in the path of each URL of a text.
func (p *pathPattern) replaceInURLs(text string) string {
	var out []byte
	copied := 0
	paths := pathScanner{text: text}
	for start, end := paths.next(); start < end; start, end = paths.next() {
		path := text[start:end]
		if replaced := p.replace(path); replaced != path {
			out = append(append(out, text[copied:start]...), rooted(replaced)...)
			copied = end
		}
	}
	if copied == 0 {
		return text
	}
	return string(append(out, text[copied:]...))
}

// pathScanner finds the paths of the URLs in a text, those in queries as well.
type pathScanner struct {
	text    string
	at      int  // where it goes on
	inQuery bool // there "&" ends a path
}

// beforeReference are the bytes after which a URL without a scheme can begin. The colon
// stands before the "//" of one with a scheme.
var beforeReference = ascii.ByteSet{
	' ': true, '<': true, '"': true, '\'': true, '(': true, ',': true, ';': true, '=': true, '?': true, '&': true, ':': true,
}

// urlEnds are the bytes that end a URL, and partEnds those that end a path or a host.
var (
	urlEnds  = ascii.ByteSet{' ': true, '<': true, '>': true, '"': true}
	partEnds = ascii.ByteSet{' ': true, '<': true, '>': true, '"': true, '?': true, '#': true}
)

// next returns where the next path lies. It is empty if there is none.
func (s *pathScanner) next() (start, end int) {
	for ; s.at < len(s.text); s.at++ {
		switch c := s.text[s.at]; {
		case c == '?':
			s.inQuery = true
		case urlEnds[c]:
			s.inQuery = false
		case c == '/' && (s.at == 0 || beforeReference[s.text[s.at-1]]):
			if start = s.at + s.authority(); start < len(s.text) && s.text[start] == '/' {
				s.at = start + s.length(start)
				return start, s.at
			}
			s.at = max(start-1, s.at)
		}
	}
	return 0, 0
}

// authority is how long "//" and a host are that begin here, if they do.
func (s *pathScanner) authority() int {
	if s.at+1 == len(s.text) || s.text[s.at+1] != '/' {
		return 0
	}
	n := len("//")
	for i := s.at + n; i < len(s.text) && s.text[i] != '/' && !s.ends(s.text[i]); i++ {
		n++
	}
	return n
}

// length is how long the path is that starts at a place.
func (s *pathScanner) length(start int) int {
	n := 0
	for start+n < len(s.text) && !s.ends(s.text[start+n]) {
		n++
	}
	return n
}

func (s *pathScanner) ends(c byte) bool { return partEnds[c] || c == '&' && s.inQuery }
