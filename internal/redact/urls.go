// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package redact

import (
	"github.com/agentvisits/agentvisitsexporter/internal/ascii"
)

// A URL has two parts that never leave, whatever they hold: its user information
// ("user:password@") and its fragment (after "#").

// startsReference are the bytes after which "//" starts a URL without a scheme. 0 is
// the start of the text.
var startsReference = ascii.ByteSet{
	0: true, '=': true, '<': true, '"': true, '\'': true, ' ': true, '\t': true, ',': true, '?': true, '&': true, ';': true,
	'(': true, '[': true, '|': true,
}

// noteURL notes that a URL starts, whose colon has this level. Its slashes, which follow, can
// have another one: many programs leave a colon or slashes as they are. Within a query, a path
// or another URL its "#" is escaped at least once, because a plain "#" would end these.
func (r *redactor) noteURL(slashes, level int) {
	_, _, own := decodeByte(r.text, slashes)
	isWithin := r.query || r.kind == pathText || r.outer || level > 0 || own > 0
	if isWithin {
		r.nested = max(r.nested, level, own, 1)
	}
	r.inPath = r.inPath || isWithin && own == 0 && (r.kind == pathText || !r.query)
	r.outer = true
}

// cutUserInfo takes the user information out of an authority. The slashes before the
// authority start at from. It returns where the host starts.
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
	r.startName(host)
	return host
}

// findHost returns where the host of an authority starts that starts at from: after
// its last "@", or at from if it has none.
//
// It remembers where it found no "@". Otherwise a text that consists of starts of
// authorities would take quadratic time.
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

// endsAuthority reports whether a byte of level own ends an authority of a level.
func (r *redactor) endsAuthority(c byte, own, level int) bool {
	switch c {
	case '/', '\\', '?', '#', ' ', '<', '>', '"':
		return own <= level
	case '&':
		return own == 0 && r.query
	}
	return false
}

// cutFragment takes out a fragment, with its "#" at the given place. It returns where
// the fragment ends. No delimiter of the fragment's own level ends it, nor any after a URL
// that stands in a path with plain slashes. prev is the byte before the "#".
func (r *redactor) cutFragment(at, from, level int, prev byte) int {
	level--
	if r.inPath && (r.kind == pathText || !r.query) {
		level = -1
	}
	end, _ := r.findEnd(from, level)
	r.replace(at, end, "")
	r.prev = prev
	return end
}
