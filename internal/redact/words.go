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

// looksSigned reports whether a value may be a signature or the id of a session, and not
// something that a person reads: a word in which letters and digits alternate, one that
// is longer than those of languages, or the JSON in base 64 that CloudFront calls a
// policy. Unlike capricorn2024, random words alternate.
func looksSigned(value []byte) bool {
	return bytes.HasPrefix(value, []byte("eyJ")) || holdsWord(value, func(w *word) bool {
		return w.length >= 24 || w.length >= 6 && w.turns >= 3
	})
}
