// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package ascii

// WordFilter is a set of words. It is faster than a map, above all for words that it
// does not have: most buckets hold no word or one.
type WordFilter struct {
	Words   map[string]bool
	buckets [256][]string
}

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

func (f *WordFilter) Has(word []byte) bool { return hasWord(f, word) }

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

// bucketOf mixes length, first and last byte of a word.
func bucketOf[K string | []byte](word K) uint8 {
	return word[0] + 8*word[len(word)-1] + 37*uint8(len(word))
}

// Unhex returns the value of a hexadecimal digit.
func Unhex(c byte) byte {
	if c <= '9' {
		return c - '0'
	}
	return c | 0x20 - 'a' + 10
}
