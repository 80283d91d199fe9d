// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agents

import (
	"cmp"
	"slices"
	"strings"
)

// Token is the grammar of tokens. A token is a text that stands in the user agent,
// compared without case. It begins with a word, and a word at either end of it is a
// whole word. Words are of letters, digits, "-" and "_". In it
//
//   - "^" at the start says that the user agent begins with the token;
//   - "*" stands for a version: 1 to 32 bytes before the next blank, ";" or ")";
//   - "+" stands for itself or for a blank, as which what decodes forms reads it.
//
// Words that mean many things need more around them: "Devin/" is the product, while
// "Devin" may be somebody's name.
type token struct {
	rest    string // what comes after the first word, in lower case
	atStart bool
	visitor Visitor
}

// MaxToken is the longest word of a token, in bytes. It is below 64.
const MaxToken = 63

// IsToken reports whether s is a valid token of one word: letters, digits, "-" and "_",
// at most MaxToken bytes.
func IsToken(s string) bool {
	return s != "" && len(s) <= MaxToken && wordEnd(s, 0) == len(s)
}

func isWordByte(c byte) bool { return wordBytes[c] }

var wordBytes = func() (set [256]bool) {
	for _, c := range []byte("-_0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") {
		set[c] = true
	}
	return set
}()

// wordEnd returns where the word that begins at i ends.
func wordEnd(s string, i int) int {
	for i < len(s) && isWordByte(s[i]) {
		i++
	}
	return i
}

// add makes a token lead to a visitor.
func (s *Set) add(text string, v Visitor) {
	text, atStart := strings.CutPrefix(strings.ToLower(text), "^")
	end := wordEnd(text, 0)
	if end == 0 || end > MaxToken {
		panic("the token " + text + " begins with no word") // users' tokens are checked, and tests read the list
	}
	word := text[:end]
	s.lengths[ends(word[0], word[end-1])] |= 1 << end
	all := append(s.tokens[word], token{text[end:], atStart, v})
	slices.SortStableFunc(all, func(a, b token) int { return cmp.Compare(len(b.rest), len(a.rest)) })
	s.tokens[word] = all
}

// ends is a number for the first and the last byte of a word, without regard to case.
func ends(first, last byte) uint { return uint(first&31)<<5 | uint(last&31) }

// find reads the user agent once. Whether a word can be one is known by its ends and its
// length, so that most words are not looked up however many agents there are.
func (s *Set) find(userAgent string) (Visitor, bool) {
	var buffer [MaxToken]byte
	for i := 0; i < len(userAgent); i++ {
		if !isWordByte(userAgent[i]) {
			if userAgent[i] == ':' && strings.HasPrefix(userAgent[i:], "://") {
				i = urlEnd(userAgent, i)
			}
			continue
		}
		end := wordEnd(userAgent, i)
		if n := end - i; n <= MaxToken && s.lengths[ends(userAgent[i], userAgent[end-1])]>>n&1 != 0 && isName(userAgent, i, end) {
			word := buffer[:n]
			for k := range word {
				word[k] = lower(userAgent[i+k])
			}
			for _, t := range s.tokens[string(word)] {
				if (!t.atStart || i == 0) && t.matches(userAgent[end:]) {
					return t.visitor, true
				}
			}
		}
		i = end - 1
	}
	return SomebodyElse, false
}

// urlEnd returns where the URL ends that goes on at i.
func urlEnd(s string, i int) int {
	if n := strings.IndexAny(s[i:], " ;,()\"'<>"); n >= 0 {
		return i + n
	}
	return len(s)
}

// isName reports whether a word can name its sender: it is no side of an e-mail address,
// and not the agent that another says to be like, or not to be.
func isName(s string, start, end int) bool {
	if start > 0 && s[start-1] == '@' || end < len(s) && s[end] == '@' {
		return false
	}
	for _, words := range notOneself {
		if endsWith(s[:start], words) && (start == len(words) || !isWordByte(s[start-len(words)-1])) {
			return false
		}
	}
	return true
}

// notOneself precede the name of somebody else.
var notOneself = [...]string{
	"like ", "unlike ", "compatible with ", "similar to ", "inspired by ", "not ", "no ", "non ", "isn't ", "anti ", "without ",
	"block ", "blocks ", "blocking ", "fake ", "emulates ", "emulating ", "imitates ", "imitating ", "pretends to be ",
}

// endsWith compares without case.
func endsWith(s, end string) bool {
	return len(s) >= len(end) && equalFold(s[len(s)-len(end):], end)
}

// matches reports whether the text after the first word is the token's.
func (t *token) matches(text string) bool {
	rest, at := t.rest, 0
	for i := range len(rest) {
		if rest[i] == '*' {
			end := versionEnd(text, at)
			if end == at {
				return false
			}
			at = end
			continue
		}
		if at == len(text) || lower(text[at]) != rest[i] && (rest[i] != '+' || text[at] != ' ') {
			return false
		}
		at++
	}
	return rest == "" || at == len(text) || !isWordByte(rest[len(rest)-1]) || !isWordByte(text[at])
}

// maxVersion bounds a version, so that a user agent full of versions is read in linear
// time.
const maxVersion = 32

func versionEnd(s string, i int) int {
	for end := min(len(s), i+maxVersion); i < end && s[i] != ' ' && s[i] != ';' && s[i] != ')'; {
		i++
	}
	return i
}

// equalFold compares without the case of ASCII letters.
func equalFold(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range len(a) {
		if lower(a[i]) != lower(b[i]) {
			return false
		}
	}
	return true
}

func lower(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		return c | 0x20
	}
	return c
}
