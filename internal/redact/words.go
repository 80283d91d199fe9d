// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package redact

import (
	"bytes"

	"github.com/agentvisits/agentvisitsexporter/internal/ascii"
)

// word counts what letters and digits in a row consist of.
type word struct {
	length int
	digits int
	turns  int // places where a letter and a digit meet
	humps  int // capitals after a small letter
}

// holdsWord reports whether the test is true of a word of the text.
func holdsWord(text []byte, test func(*word) bool) bool {
	var w word
	before := byte(0)
	for _, c := range text {
		if !wordBytes[c] {
			if test(&w) {
				return true
			}
			w = word{}
			continue
		}
		digit := ascii.IsDigit(c)
		switch {
		case w.length == 0:
		case digit != ascii.IsDigit(before):
			w.turns++
		case c <= 'Z' && before >= 'a':
			w.humps++
		}
		if digit {
			w.digits++
		}
		w.length++
		before = c
	}
	return test(&w)
}

// looksRandom reports whether a value may be a signature or the id of a session, and not
// something that a person reads: it has a word in which letters and digits alternate, or
// one that is longer than those of languages. Words such as capricorn2024 do not
// alternate.
func looksRandom(value []byte) bool {
	return holdsWord(value, func(w *word) bool { return w.length >= 24 || w.length >= 6 && w.turns >= 3 })
}

// looksLikePolicy reports whether a value is JSON in base 64, as the policies of
// CloudFront and S3 are: {", or a brace and a blank.
func looksLikePolicy(value []byte) bool {
	for _, begin := range []string{"eyJ", "eyA", "ewo", "ew0", "ewk"} {
		if bytes.HasPrefix(value, []byte(begin)) {
			return true
		}
	}
	return false
}
