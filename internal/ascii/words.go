// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package ascii

import (
	"strings"
)

// WordSet returns the set of the words in a text.
func WordSet(words string) map[string]bool {
	set := make(map[string]bool)
	for word := range strings.FieldsSeq(words) {
		set[word] = true
	}
	return set
}

// Initials returns the first bytes of words.
func Initials(words map[string]bool) (set ByteSet) {
	for word := range words {
		set[word[0]] = true
	}
	return set
}

// WordFilter is a set of words that is faster than a map, above all for words that
// are not in it. Most of its buckets hold one word or none.
type WordFilter struct {
	Words   map[string]bool
	buckets [256][]string
}

// NewWordFilter returns a filter that has the given words. An empty word is left out.
func NewWordFilter(words map[string]bool) WordFilter {
	f := WordFilter{Words: words}
	for word := range words {
		if word != "" {
			i := bucketOf(word)
			f.buckets[i] = append(f.buckets[i], word)
		}
	}
	return f
}

// Has reports whether the word is in the set.
func (f *WordFilter) Has(word []byte) bool { return hasWord(f, word) }

// HasText is Has for a string.
func (f *WordFilter) HasText(word string) bool { return hasWord(f, word) }

func hasWord[K string | []byte](f *WordFilter, word K) bool {
	if len(word) == 0 {
		return false
	}
	for _, w := range f.buckets[bucketOf(word)] { //nolint:modernize // slices.Contains would copy the word
		if w == string(word) {
			return true
		}
	}
	return false
}

// bucketOf mixes the length, the first byte and the last byte of a word.
func bucketOf[K string | []byte](word K) uint8 {
	return word[0] + 8*word[len(word)-1] + 37*uint8(len(word))
}
