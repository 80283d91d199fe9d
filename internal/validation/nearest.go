// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package validation

import "strings"

// Nearest returns the one of several names that somebody most likely meant by a name that
// is not among them, or "" if none is near. Of equally near ones it is the first. Case and
// what joins words ("_", "-", ".") do not matter.
func Nearest(name string, names []string) string {
	best, least := "", TooFar
	for _, known := range names {
		if cost := Distance(name, known); cost < least {
			best, least = known, cost
		}
	}
	return best
}

// Slip returns the first of several names that differs from a name by one edit (a byte too
// much, too little, another one, or two in the wrong order) or by its joints, or "".
func Slip(name string, names []string) string {
	for _, known := range names {
		if len(name) <= maxNameBytes && edits(plain(name), plain(known)) <= 1 {
			return known
		}
	}
	return ""
}

// What Distance returns for names that differ by more than a slip.
const (
	// CostOfWords is for names with common words, and 1 more for each word that only one of
	// them has, as with token and access_token. A half of a word costs 1 more as well.
	CostOfWords = 3
	// TooFar is for names that have too little in common.
	TooFar = 100
)

// Distance says how unlike two names are: 0 if only case and joints differ, TooFar or more if
// they have too little in common for a slip.
func Distance(name, known string) int {
	a, b := plain(name), plain(known)
	if len(a) > maxNameBytes || a == "" {
		return TooFar
	}
	if d := edits(a, b); d <= 1+min(len(a), len(b))/5 && d < min(len(a), len(b))/2+1 {
		return d
	}
	if !MaySpell(name) {
		return TooFar // of a slip little is unknown, but the rest of a word may be a secret
	}
	if isBeginning(a, b) || isBeginning(b, a) {
		return CostOfWords + 1
	}
	return CostOfWords + differentWords(name, known)
}

// isBeginning reports whether a name is another one without its end, as compress is of
// compression.
func isBeginning(short, name string) bool {
	return len(short) >= minWordBytes && strings.HasPrefix(name, short)
}

// MaySpell reports whether a message may show an unknown name: it is short and looks like a
// word, while a secret has upper case, digits or another length.
func MaySpell(name string) bool {
	return len(name) <= maxShownNameBytes && strings.Trim(name, "abcdefghijklmnopqrstuvwxyz_-./") == ""
}

const maxShownNameBytes = 40

// minWordBytes is the length of a word that says what is meant.
const minWordBytes = 4

// maxNameBytes bounds the work for a name that is none.
const maxNameBytes = 64

// joints are what people write between the words of a name.
const joints = "_-. "

// plain is a name in lower case without joints.
func plain(name string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(joints, r) {
			return -1
		}
		return r
	}, strings.ToLower(name))
}

// differentWords counts the words that only the longer of two names has. It is TooFar if
// the longer one does not have all words of the shorter one side by side.
func differentWords(a, b string) int {
	long, short := wordsOf(a), wordsOf(b)
	if len(long) < len(short) {
		long, short = short, long
	}
	if len(short) == 0 || len(strings.Join(short, "")) < minWordBytes || !strings.Contains("_"+strings.Join(long, "_")+"_", "_"+strings.Join(short, "_")+"_") {
		return TooFar
	}
	return len(long) - len(short)
}

// wordsOf are the words of a name in lower case.
func wordsOf(name string) []string {
	return strings.FieldsFunc(strings.ToLower(name), func(r rune) bool { return strings.ContainsRune(joints, r) })
}

// edits counts the bytes that have to be inserted, deleted, replaced or exchanged with the
// next one to make one text of the other (optimal string alignment).
func edits(a, b string) int {
	var before []int
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		next := make([]int, len(b)+1)
		next[0] = i + 1
		for j := range len(b) {
			change := 1
			if a[i] == b[j] {
				change = 0
			}
			next[j+1] = min(row[j]+change, row[j+1]+1, next[j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				next[j+1] = min(next[j+1], before[j-1]+1)
			}
		}
		before, row = row, next
	}
	return row[len(b)]
}
