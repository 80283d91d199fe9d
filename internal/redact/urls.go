// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package redact

import (
	"github.com/agentvisits/agentvisitsexporter/internal/ascii"
)

// A URL has two parts that never leave, whatever they hold: its user information
// ("user:password@") and its fragment (after "#").

// startsReference are the bytes after which "//" starts a URL without a scheme; 0 is
// the start of the text.
var startsReference = ascii.ByteSet{
	0: true, '=': true, '<': true, '"': true, '\'': true, ' ': true, '\t': true, ',': true, '?': true, '&': true, ';': true,
	'(': true, '[': true, '|': true,
}

// noteURL notes that a URL starts within another one.
func (r *redactor) noteURL(level int) {
	if r.query || r.place == inPath || level > 0 {
		r.nested = max(r.nested, level, 1)
	}
}

// cutUserInfo takes the user information out of an authority, which starts after the
// slashes that follow. It returns where the host starts.
func (r *redactor) cutUserInfo(from, level int) int {
	r.url = true
	for r.isSlash(from) {
		_, size, own := decodeByte(r.text, from)
		level = min(level, own)
		from += size
	}
	r.prev = '/'
	host := r.findHost(from, level)
	r.replace(from, host, "")
	r.name = host
	return host
}

// findHost returns the place after the last "@" of the authority that starts at
// from, or from if it has none. It remembers where it found none, because a text can
// consist of nothing but starts of authorities.
func (r *redactor) findHost(from, level int) int {
	i := from
	if from < r.noUserInfoTo {
		if level >= r.noUserInfoLevel {
			return from
		}
		i = r.noUserInfoTo
	}
	host := from
	for i < len(r.text) {
		c, size, own := decodeByte(r.text, i)
		if r.endsAuthority(c, own, level) {
			break
		}
		i += size
		if c == '@' {
			host = i
		}
	}
	if host == from {
		r.noUserInfoTo, r.noUserInfoLevel = i, level
	}
	return host
}

// endsAuthority reports whether a byte of its own level ends an authority that began
// at another.
func (r *redactor) endsAuthority(c byte, own, level int) bool {
	switch c {
	case '/', '\\', '?', '#', ' ', '<', '>', '"':
		return own <= level
	case '&':
		return own == 0 && r.query
	}
	return false
}

// cutFragment takes out a fragment, whose "#" is at the given place. It returns where
// the fragment ends.
func (r *redactor) cutFragment(at, from, level int, prev byte) int {
	end := r.findEnd(from, level-1)
	r.replace(at, end, "")
	r.prev = prev
	return end
}
