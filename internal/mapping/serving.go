// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package mapping

import (
	"net/http"
	"strings"

	"github.com/agentvisits/agentvisitsexporter/internal/ascii"
)

// requestNames are the words of a message that say that it is about a request.
var requestNames = ascii.NewWordFilter(ascii.WordSet(`
	request requests requested req response responses responded reply http https accesslog api web route router endpoint
	served serving handled handling incoming inbound received receiving`))

// endWords are those of a message that says no more than that something ended.
var endWords = ascii.NewWordFilter(ascii.WordSet(`
	ok success successful successfully succeeded complete completed done finish finished end ended processed
	access log logs info the a in with`))

// statusTexts are messages that repeat the status in words.
var statusTexts = func() map[string]bool {
	texts := make(map[string]bool)
	for code := 100; code < 600; code++ {
		texts[http.StatusText(code)] = true
	}
	return texts
}()

// maxSaid is how much of a message is looked at.
const maxSaid = 64

// IsOfServer reports whether a message can be that of a server about a request that it answered.
// Any other message is of what a program did, with the request beside it that it served
// meanwhile, or that it sent. It is asked only if nothing tells who sent the request. A message
// that begins with no letter, such as with a path or a status, can be a server's.
func IsOfServer(message string) bool {
	if message == "" || !isLetter(message[0]) || beginsWithMethod(message) || statusTexts[message] {
		return true
	}
	said := message[:min(len(message), maxSaid)]
	return hasOwnWord(said, &requestNames) || isOfNothing(said) || isTag(said)
}

// isOfNothing reports whether all words of a message are endWords, up to something else than a
// word, such as "#show".
func isOfNothing(message string) bool {
	var lower [maxSaid]byte
	for from, to := 0, 0; to <= len(message); to++ {
		if to < len(message) && isLetter(message[to]) {
			lower[to] = asLower(message[to])
			continue
		}
		if to > from && !endWords.Has(lower[from:to]) {
			return false
		}
		if from = to + 1; to < len(message) && message[to] != ' ' && !isMarkOfName(message[to]) {
			return true
		}
	}
	return true
}

// isTag reports whether a message begins with a name and a colon or a bar, with a pair or with a
// host: what follows may be anything.
func isTag(message string) bool {
	for i := range len(message) {
		switch c := message[i]; {
		case c == ':', c == '=':
			return true
		case c == '.' && i+1 < len(message) && message[i+1] != ' ':
			return true
		case c == ' ':
			return strings.HasPrefix(strings.TrimLeft(message[i:], " "), "|")
		}
	}
	return false
}

// faults begin what programs say when they stop. Levels are in capitals before most lines of a log.
var faults = ascii.WordSet("error Error fatal Fatal panic Panic exception Exception")

// BeginsWithFault reports whether a line begins with one of these and a colon.
func BeginsWithFault(line string) bool {
	colon := strings.IndexByte(line[:min(len(line), maxPlainWord)], ':')
	return colon > 0 && faults[line[:colon]]
}
