// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package redact

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"github.com/agentvisits/agentvisitsexporter/internal/ascii"
)

// AllowList holds the only keys of queries that may leave, with their values.
//
// Programs disagree about where a value ends: at "&", at ";" as well, or, if they
// decode it and read it as a URL, somewhere within. So a pair stays only if no reader
// can find another key in it or before it. If page is the only key, "page=1" is what
// stays of "page=1;customer=bob", "page=1%26customer=bob" and "page=1,customer=bob".
// Nothing stays of "customer=bob;page=1", because "bob;page=1" may be the value of
// customer.
type AllowList struct {
	keys     map[string]bool // in allowed form
	prefixes [][]byte        // the same
}

// NewAllowList makes a list of keys, each of which may end in "*". Without any key,
// nothing of a query may leave.
func NewAllowList(keys []string) *AllowList {
	a := &AllowList{keys: map[string]bool{}}
	for _, key := range keys {
		name, isPrefix := strings.CutSuffix(key, "*")
		if form := appendAllowedForm(nil, name); isPrefix {
			a.prefixes = append(a.prefixes, form)
		} else {
			a.keys[string(form)] = true
		}
	}
	return a
}

// Query returns what may leave of a query.
func (a *AllowList) Query(query string) string {
	var left []string
	for pair := range strings.SplitSeq(query, "&") {
		if pair = a.allowedPart(pair); pair != "" {
			left = append(left, pair)
		}
	}
	return strings.Join(left, "&")
}

// Header returns what may leave of a header, of whose URLs it cuts the queries. A query
// ends with the brackets or the quotation marks around its URL, or with the header.
func (a *AllowList) Header(text string) string {
	var out strings.Builder
	copied := 0
	var closing byte // what ends a query here; 0 if nothing does
	for i := 0; i < len(text); {
		c, size, level := decodeByte(text, i)
		next := i + size
		switch {
		case c == '?':
			end := endOfURL(text, next, closing)
			left := a.Query(text[next:end])
			if left == "" {
				next = i // the "?" goes as well
			}
			out.WriteString(text[copied:next])
			out.WriteString(left)
			copied, next = end, end
		case level > 0:
		case closing == 0 && opensURL(text, i):
			closing = closingMark[c]
		case c == closing && closesURL(text, i):
			closing = 0
		}
		i = next
	}
	if copied == 0 {
		return text
	}
	out.WriteString(text[copied:])
	return out.String()
}

// closingMark has for each mark that may be around a URL the one after the URL.
var closingMark = [256]byte{'<': '>', '"': '"'}

// opensURL reports whether a mark at i may be before a URL: it begins the header or a
// part of it. Elsewhere it is a byte of a URL that somebody did not escape.
func opensURL(text string, i int) bool {
	return closingMark[text[i]] != 0 && (i == 0 || strings.IndexByte(" ,=(", text[i-1]) >= 0)
}

// closesURL reports whether a mark at i may be after a URL: it ends the header or a part
// of it.
func closesURL(text string, i int) bool {
	return i+1 == len(text) || strings.IndexByte(" ,;)", text[i+1]) >= 0
}

// endOfURL returns where a URL ends that is before the closing mark, or before the end
// of the header if the mark is 0.
func endOfURL(text string, from int, closing byte) int {
	if closing != 0 {
		for i := from; i < len(text); i++ {
			if text[i] == closing && closesURL(text, i) {
				return i
			}
		}
	}
	return len(text)
}

// allowedPart returns the beginning of a text in which all keys are in the list. It ends
// at the first separator after which another key stands. The text has no "&" that is
// not escaped.
func (a *AllowList) allowedPart(text string) string {
	allowed := 0
	for from := 0; from < len(text); {
		end, next := findByte(text, from, &separators)
		if end > from {
			length := a.allowedLength(text[from:end])
			if length > 0 {
				allowed = from + length
			}
			if length < end-from {
				break
			}
		}
		from = next
	}
	return text[:allowed]
}

// separators may start another pair, escaped or not. "?" starts the query of a URL
// within this one.
var separators = ascii.ByteSet{'&': true, ';': true, '?': true}

// allowedLength returns how much may leave of a text between two separators: of a key,
// or of a key and its value. In the value, a word right before "=" is another key,
// unless nothing but "=" follows, as in base64.
func (a *AllowList) allowedLength(text string) int {
	end, value := findByte(text, 0, &equals)
	if !a.has(text[:end]) {
		return 0
	}
	allowed, word := value, value // where the text before the word ends, and where the word starts
	for i := value; i < len(text); {
		c, size, _ := decodeByte(text, i)
		next := i + size
		switch {
		case keyWordBytes[c]:
		case c != '=':
			allowed, word = i, next
		case word < i && isPadding(text, next):
			return len(text)
		case word < i && !a.has(text[word:i]):
			return allowed
		default:
			allowed, word = next, next
		}
		i = next
	}
	return len(text)
}

var equals = ascii.ByteSet{'=': true}

// keyWordBytes delimit nothing, whoever reads the query. All bytes of other scripts are
// among them, so that no letter is cut in two.
var keyWordBytes = func() *ascii.ByteSet {
	set := ascii.NewByteSet("-_.[]$!*~")
	for c := utf8.RuneSelf; c < len(set); c++ {
		set[c] = true
	}
	return set
}()

// has reports whether a key is in the list. What "*" stands for consists of
// keyWordBytes.
func (a *AllowList) has(key string) bool {
	var buffer [64]byte
	form := appendAllowedForm(buffer[:0], key)
	if a.keys[string(form)] {
		return true
	}
	for _, prefix := range a.prefixes {
		if rest, ok := bytes.CutPrefix(form, prefix); ok && keyWordBytes.HoldAll(string(rest)) {
			return true
		}
	}
	return false
}

// appendAllowedForm appends a key in the form in which an AllowList compares keys:
// decoded, in lower case, and without the bytes that join the words of a name. Unlike
// Plain it leaves all other bytes, because "2 Main St page" is not the key page.
func appendAllowedForm(dst []byte, key string) []byte {
	for i := 0; i < len(key); {
		c, size, _ := decodeByte(key, i)
		i += size
		switch {
		case c >= 'A' && c <= 'Z':
			dst = append(dst, c|0x20)
		case strings.IndexByte("-_.[]", c) < 0:
			dst = append(dst, c)
		}
	}
	return dst
}

// findByte returns where the first byte of a set stands, escaped or not, and the place
// after it. Both are the end of the text if there is none.
func findByte(text string, from int, set *ascii.ByteSet) (at, next int) {
	for i := from; i < len(text); {
		c, size, _ := decodeByte(text, i)
		if set[c] {
			return i, i + size
		}
		i += size
	}
	return len(text), len(text)
}

// isPadding reports whether only "=" follows, or nothing.
func isPadding(text string, from int) bool {
	for from < len(text) {
		c, size, _ := decodeByte(text, from)
		if c != '=' {
			return false
		}
		from += size
	}
	return true
}
