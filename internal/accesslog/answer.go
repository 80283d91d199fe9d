// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package accesslog

import (
	"strings"
	"time"

	"github.com/agentvisits/agentvisitsexporter/internal/ascii"
)

// readAnswer reads what follows the request line: the status, the size, and then, told
// by its form, whatever the format has.
//
//	200 512 "https://chatgpt.com/" "curl/8.9.1"        combined
//	200 512 0.038 "-" "curl/8.9.1" "198.51.100.7"      a column between, X-Forwarded-For
//	200 512 - "curl/8.9.1" 7 - - 38ms                  Traefik 1
//	200 OK                                             Uvicorn
//	200 0.123                                          Granian
//	200 512 620 - Mozilla/5.0 (X11; Linux x86_64)      NPMplus, if bare is true
//
// It reports false if there is no status, or if the line is cut off.
func (e *Entry) readAnswer(c *cursor, bare bool) bool {
	if !e.setStatus(c.word()) {
		return false
	}
	if c.atQuote() && !c.atQuotedSize() { // of a format that has the status elsewhere, this may be the size
		return false
	}
	if size := unquoted(c.word()); size != "-" && !ascii.IsDigits(size) && !isFraction(size) && !c.skipReason(size) {
		return false
	}
	if e.readRack(c.rest) {
		return true
	}
	last := "" // the word before
	for words := 0; !c.atQuote(); words++ {
		if c.rest == "" {
			return true
		}
		if words == maxWords {
			return false
		}
		var ok bool
		if last, ok = e.takeWord(c); !ok {
			return false
		}
		if bare && c.rest != "" && !c.atQuote() && (last == "-" || isURL(last)) {
			e.Referer, e.UserAgent = last, c.rest
			return true
		}
	}
	return e.readHeaders(c, last)
}

// maxWords is more words in a row than a format has. What follows is not looked at.
const maxWords = 64

// atQuotedSize reports whether a size in quotation marks comes next. After it the line ends, or
// comes what can only be a referer: otherwise the number may be the referer.
func (c cursor) atQuotedSize() bool {
	size, ok := c.quoted()
	if !ok || !ascii.IsDigits(size) {
		return false
	}
	if !c.atQuote() {
		return c.rest == ""
	}
	referer, ok := c.quoted()
	return ok && c.atQuote() && isReferer(referer)
}

// isFraction reports whether a word is a number with a fraction. In place of the size it
// is how long the response took, in a unit of the program's own.
func isFraction(word string) bool {
	whole, fraction, found := strings.Cut(word, ".")
	return found && ascii.IsDigits(whole) && ascii.IsDigits(fraction)
}

// skipReason takes the words of "200 Not Found", and the size after them, if the first
// one is such a word.
func (c *cursor) skipReason(word string) bool {
	if word == "" {
		return false
	}
	for range 5 {
		if !isWordOfLetters(word) {
			return word == "" || word == "-" || ascii.IsDigits(word) || c.atQuote()
		}
		if c.atQuote() {
			return true
		}
		word = c.word()
	}
	return false
}

func isWordOfLetters(word string) bool {
	for i := range len(word) {
		if c := word[i] | 0x20; c < 'a' || c > 'z' {
			return false
		}
	}
	return word != ""
}

// readHeaders reads the headers in quotation marks. The first two that stand together
// are referer and user agent. One that stands alone, after a referer without quotation
// marks or another column and before something else, is the user agent.
func (e *Entry) readHeaders(c *cursor, last string) bool {
	first, ok := c.quoted()
	if !ok {
		return false
	}
	if c.atQuote() {
		agent, ok := c.quoted()
		if !ok {
			return false
		}
		e.takeHeaders(first, agent, *c)
		return c.rest == "" || e.readAfterAgent(c)
	}
	if c.rest == "" && isAgent(first) { // Undertow writes no referer before it
		e.UserAgent = first
		return true
	}
	if c.rest == "" || last == "" { // cut off, or a quotation mark that is not escaped ends the text
		return false
	}
	switch {
	case last == "-" || isURL(last):
		e.Referer, e.UserAgent = last, first
	case isURL(first):
		e.Referer = first
	case first != "-":
		e.UserAgent = first
	}
	return e.readAfterAgent(c)
}

// readAfterAgent reads what follows the user agent.
//
// A visitor chooses what stands in quotation marks, so a text there counts by its place
// as well: X-Forwarded-For is the first that is absent or a list of addresses, and a
// host counts only next to it, because alone it may be a forged X-Forwarded-For.
func (e *Entry) readAfterAgent(c *cursor) bool {
	e.readSkipper(c.rest)
	var texts [2]string // the first two in quotation marks
	n := 0
	for words := 0; words < maxWords && c.rest != ""; words++ {
		if !c.atQuote() {
			if _, ok := e.takeWord(c); !ok {
				return false
			}
			continue
		}
		text, ok := c.quoted()
		if !ok {
			return false
		}
		if n < len(texts) {
			texts[n] = text
			n++
		}
	}
	for i, text := range texts[:n] {
		isChain := isChain(text)
		if !isChain && text != "-" && text != "" {
			continue
		}
		if isChain && e.ForwardedFor == "" {
			e.ForwardedFor = text
		}
		if other := texts[1-i]; e.Host == "" && isHostText(other) {
			e.Host = other
		}
		break
	}
	return true
}

// isChain reports whether a text is X-Forwarded-For, which begins with an address.
func isChain(text string) bool {
	first, _, _ := strings.Cut(text, ",")
	return isAddress(first)
}

// isHostText reports whether a text looks like a host that has a name, with or without
// a port.
func isHostText(text string) bool {
	name, _, _ := strings.Cut(text, ":")
	dot := strings.LastIndexByte(name, '.')
	return dot > 0 && dot+1 < len(name) && !ascii.IsDigit(name[dot+1]) && hostBytes.HoldAll(text)
}

var hostBytes = ascii.NewByteSet(".-_:")

// isURL reports whether a text begins as a URL.
func isURL(text string) bool { return strings.Contains(text[:min(len(text), 24)], "://") }

// readRack reads what Rack's CommonLogger writes as the only word after the size: seconds
// with four places. Elsewhere four places can be those of a geographic coordinate.
func (e *Entry) readRack(rest string) bool {
	word := strings.TrimRight(rest, " ")
	if point := len(word) - len(".0000"); point <= 0 || word[point] != '.' || !isFraction(word) {
		return false
	}
	e.setNumber(word, time.Second)
	return e.HasDuration
}

// readSkipper reads what Skipper writes at the end: duration in milliseconds, host,
// flow id and user. Its date is that of the request; see logging/access.go.
func (e *Entry) readSkipper(rest string) {
	c := cursor{rest}
	millis, host := c.word(), c.word()
	c.word()
	if c.rest == "" || !ascii.IsDigits(millis) || !isHostText(host) {
		return
	}
	if c.word(); c.rest == "" {
		e.setDuration(milliseconds(millis))
		e.Host, e.isStartStamped = host, true
	}
}
