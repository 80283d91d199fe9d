// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package mapping

import (
	"strings"

	"github.com/agentvisits/agentvisitsexporter/internal/ascii"
)

// CallSign is how a key says that a service called another one, or chose a feature. Servers have such keys, too:
// they count only if the record tells nothing of who sent the request.
type CallSign uint8

// The signs.
const (
	NoCallSign   CallSign = iota
	CalledName            // any name says so: it is that of who was called, or of what sent the request
	CallingPart           // the name of a part of the service says so if it is that of a client
	RemoteSpace           // "remote" says so: X-Ray's name space of calls
	IncomingFlag          // "false" says so, whatever else the record has
	SpanKind              // a number says so, too: see IsKindOfCall
)

var callSigns = map[string]CallSign{
	"http.client": CalledName, "http_client": CalledName, "outgoing": CalledName, "is_outgoing": CalledName,
	"peer.service": CalledName, "target_service": CalledName, "remote_service": CalledName, "external_service": CalledName,
	"class": CallingPart, "class_name": CallingPart, "caller": CallingPart, "callsite": CallingPart, "func": CallingPart,
	"source.function": CallingPart, "source.file": CallingPart, "progname": CallingPart,
	"outbound": CalledName, "is_outbound": CalledName,
	"incoming": IncomingFlag, "is_incoming": IncomingFlag, "inbound": IncomingFlag, "is_inbound": IncomingFlag,
	"span.kind": SpanKind, "span_kind": SpanKind, "otel.kind": SpanKind, "kind": SpanKind,
	"namespace": RemoteSpace, "feature_flag.key": CalledName, "feature_flag.provider.name": CalledName,
}

// callingWords are the words in the name of a part of a service that say that it calls others.
var callingWords = ascii.NewWordFilter(ascii.WordSet(`
	client clients outgoing outbound egress fetch fetcher webclient httpoison hackney
	httpx urllib3 okhttp okhttp3 retrofit resttemplate feign axios undici superagent guzzle faraday httparty typhoeus reqwest resty
	redis memcached postgres postgresql mysql mongodb kafka rabbitmq`))

// servingParts are the words in the name of a part that serves, such as ClientsController.
var servingParts = ascii.NewWordFilter(ascii.WordSet("controller controllers handler handlers middleware middlewares servlet"))

// IsCallingPart reports whether a name is that of a part of a service that calls others.
func IsCallingPart(name string) bool {
	return hasWord(name, &callingWords, nil) && !hasOwnWord(name, &servingParts)
}

// wordsOfCalls are the words of messages about something else than a request that was answered.
var wordsOfCalls = ascii.NewWordFilter(ascii.WordSet(`
	call calls called calling upstream downstream external outgoing outbound egress made making issued issuing
	roundtrip fetch fetched fetching invoked invoking retry retried retrying attempt webhook webhooks callback
	crawl crawled crawling scrape scraped scraping probe
	cache cached query queries sql job jobs cron flag flags audit`))

// eithersWords are those of them that servers say, too: an API call was received.
var eithersWords = ascii.NewWordFilter(ascii.WordSet("call calls called webhook webhooks callback"))

// wordsOfServers are those before them, or after one of eithersWords, that say that the service was called.
var wordsOfServers = ascii.NewWordFilter(ascii.WordSet("incoming inbound served serving handled handling"))

// wordsOfAnswers are those before the word response that say that a service got one.
var wordsOfAnswers = ascii.NewWordFilter(ascii.WordSet("get got getting receive received receiving read reading"))

// maxPlainWords is how many words of a message are looked at.
const maxPlainWords = 8

// TellsOfCall reports whether a message may be of a service that called another one. It is
// asked only if nothing tells who sent the request. The words end where something else than
// a word begins, such as a path.
func TellsOfCall(message string) bool {
	var words plainWords
	isName := strings.IndexByte(message, ' ') < 0 // of an event, such as http.client.response
	for range maxPlainWords {
		word, rest := cutPlainWord(message, isName)
		if word == "" || beginsTarget(rest) && (isCapital(word) || isWord(word, "to")) {
			break
		}
		if hasOwnWord(word, &wordsOfServers) {
			return false
		}
		if words.take(word) {
			return true
		}
		message = rest
	}
	return words.isEithers && !words.isReceived
}

// plainWords is what the words of a message said so far.
type plainWords struct {
	before     string // the word before
	gets       bool   // one of wordsOfAnswers came
	isEithers  bool   // one of eithersWords came
	isReceived bool   // it was received
}

// take reports whether a word says that the message may be of a call.
func (w *plainWords) take(word string) bool {
	var lower [maxPlainWord]byte
	for i := range len(word) {
		lower[i] = asLower(word[i])
	}
	text := lower[:len(word)]
	before := w.before
	w.before = word
	switch {
	case eithersWords.Has(text):
		w.isEithers = true
		return false
	case string(text) == "made" && (isWord(before, "request") || isWord(before, "was")):
		return false // by a visitor
	case wordsOfCalls.Has(text):
		return true
	case hasStart(before, "http") && len(before) == len("http") && hasStart(text, "client"):
		return true
	case string(text) == "response" && w.gets, string(text) == "from" && isWord(before, "response"), string(text) == "to" && isWord(before, "request"):
		return true
	}
	w.gets = w.gets || wordsOfAnswers.Has(text)
	w.isReceived = w.isReceived || hasStart(text, "receiv") && !isWord(before, "response")
	return false
}

// beginsTarget reports whether what was asked for follows.
func beginsTarget(rest string) bool {
	return rest != "" && (rest[0] == '/' || rest[0] == '*' || strings.HasPrefix(rest, "http://") || strings.HasPrefix(rest, "https://"))
}

// isCapital reports whether a word is written as a method, which a visitor chooses.
func isCapital(word string) bool {
	for i := range len(word) {
		if !isUpper(word[i]) {
			return false
		}
	}
	return true
}

func isWord(text, word string) bool { return len(text) == len(word) && hasStart(text, word) }

// maxPlainWord is the length of the longest word that is looked at.
const maxPlainWord = 24

// cutPlainWord cuts the first word off a message, and the mark after it. It returns no word if
// the message does not begin with one of nothing but letters, such as with a path or a host. In
// the name of an event marks stand between words.
func cutPlainWord(message string, isName bool) (word, rest string) {
	end := 0
	for end < len(message) && isLetter(message[end]) {
		end++
	}
	if end > maxPlainWord {
		return "", ""
	}
	next := end
	for next < len(message) && (message[next] == ' ' || isName && isMarkOfName(message[next])) {
		next++
	}
	if next == end && end+1 < len(message) && message[end] == '-' && isLetter(message[end+1]) {
		next++
	}
	if next == end && end < len(message) {
		return "", ""
	}
	return message[:end], message[next:]
}

func isMarkOfName(c byte) bool { return c == '_' || c == '-' || c == '.' }

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }
