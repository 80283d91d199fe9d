// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package mapping

import (
	"bytes"
	"strings"

	"github.com/agentvisits/agentvisitsexporter/internal/ascii"
)

// outgoingWords are the words in the name of a logger, a scope, a direction or a map
// that say that a service called another one: HTTP clients of the usual languages.
var outgoingWords = ascii.NewWordFilter(ascii.WordSet(`
	client clients client5 outgoing outbound egress
	httpx urllib urllib3 requests aiohttpclient okhttp okhttp3 retrofit retrofit2 resttemplate feign
	axios undici superagent ky guzzle guzzlehttp faraday httparty typhoeus reqwest resty finch tesla`))

// foreignWords are the words in the name of a map that say that what it holds was not
// sent by a visitor: a call that was planned or failed, a template, the other side of a
// proxy, or where the record comes from.
var foreignWords = ascii.NewWordFilter(ascii.WordSet(`
	upstream backend origin webhook callback fetch config configuration options settings defaults
	command filter query params parameters args kwargs arguments job jobs task audit
	err error errors exception cause expected mock mocks example examples sample template
	route routes endpoint rule rules matcher
	delivery deliveries retry retries crawler crawl spider scraper scrape probe probes monitor rum
	interaction mapping stub stubs test tests suite zeek suricata kubernetes annotations`))

// otherKinds are the kinds of records that are no requests of visitors: spans of other
// kinds than a server's, metrics, what browsers report, and parts of a service that call
// others.
var otherKinds = ascii.NewWordFilter(ascii.WordSet(`
	client span_kind_client rpc_client producer consumer internal span http-client http_client httpclient fetch xhr resource
	httpx urllib3 okhttp resttemplate feign axios undici guzzle faraday httparty reqwest resty net::http
	out histogram counter gauge summary metric measurement network-error csp-violation web-vitals
	sapi fapi mgmt_api_read api_limit
	http.client attack alert auditevent microsoftgraphactivitylogs
	dependency pageview availabilityresult appdependencies apppageviews appavailabilityresults apptraces appexceptions appevents`))

// otherCategories are the words in the category of a log of Azure that say that it holds what
// else was seen of requests: a firewall's verdicts, and changes of settings.
var otherCategories = ascii.NewWordFilter(ascii.WordSet("firewall audit"))

// IsOtherCategory reports whether a category, such as AppServiceAuditLogs, has one of them.
func IsOtherCategory(category string) bool {
	return IsOtherKind(category) || hasOwnWord(category, &otherCategories)
}

// directions are the words of otherKinds that count as a part of a kind, too.
var directions = ascii.NewWordFilter(ascii.WordSet("outgoing outbound egress"))

// IsOtherKind reports whether the kind of a record, which is the whole text, is that of
// something else than a visitor's request.
func IsOtherKind(kind string) bool {
	if len(kind) > len(longestKind) {
		return false
	}
	var lower [len(longestKind)]byte
	for i := range len(kind) {
		lower[i] = asLower(kind[i])
	}
	return otherKinds.Has(lower[:len(kind)]) || hasOwnWord(kind, &directions)
}

const longestKind = "microsoftgraphactivitylogs"

// requestWords are the words in the name of a map that say that a visitor's request is
// in it.
var requestWords = ascii.NewWordFilter(ascii.WordSet(`
	req request httprequest incoming inbound http https access payload properties event nginx apache caddy web`))

// IsOfRequest reports whether the path of a map, which ends with a dot, says that it holds
// the request of a visitor. A name around it may be that of a format, such as jsonPayload.
func IsOfRequest(path []byte) bool {
	for len(path) > 0 {
		name, rest, _ := bytes.Cut(path, []byte{'.'})
		if (len(rest) == 0 || !isOfFormat(name)) && hasWord(name, &requestWords, nil) {
			return true
		}
		path = rest
	}
	return false
}

// isOfFormat reports whether a map has the name under which formats hold any record.
func isOfFormat(name []byte) bool {
	switch string(name) {
	case "jsonPayload", "protoPayload", "payload", "properties", "event":
		return true
	}
	return false
}

// IsOutgoing reports whether a name says that a service called another one. The name
// may be that of a logger such as System.Net.Http.HttpClient, or a direction such as
// outbound.
func IsOutgoing[K string | []byte](name K) bool { return hasWord(name, &outgoingWords, nil) }

// callerWords are the words in the names before a line of a log that say that it is of a
// program which called a service, tested it or only shows a request.
var callerWords = ascii.NewWordFilter(ascii.WordSet(`
	sending sent calling called fetch fetched fetching retry retries retrying polling crawl crawler crawling spider scraper scraping
	probe prober upstream got want expect expected actual assert assertion mock mocks mocked mocking stub nock wiremock vcr
	replay replayed replaying skip skipped ignored dropped payload body curl wget fail failed pass passed`))

// IsOfCaller reports whether names before a line say so.
func IsOfCaller(names string) bool {
	return len(names) > len("a: ") && hasWord(names, &outgoingWords, &callerWords)
}

// IsOfCallerOutside reports whether names outside of brackets say so. In brackets can stand the
// number of a request, which a visitor may choose.
func IsOfCallerOutside(names string) bool {
	for found := true; found; {
		var name string
		name, names, found = strings.Cut(names, "[")
		if IsOfCaller(name) {
			return true
		}
		if found {
			_, names, found = strings.Cut(names, "]")
		}
	}
	return false
}

// IsForeign reports whether the path of a map says that what it holds was not sent by
// a visitor.
func IsForeign[K string | []byte](path K) bool { return hasWord(path, &outgoingWords, &foreignWords) }

// maxNameBytes is more than the names have that are worth a look.
const maxNameBytes = 256

// hasWord reports whether a part of the name is a word of the sets. Parts end at marks;
// their words begin with capitals. The last word of lower-case letters, as in
// httpclient, is not told apart, so client also counts as the end of a part.
func hasWord[K string | []byte](name K, one, other *ascii.WordFilter) bool {
	return hasWordOrClient(name, one, other, client)
}

// hasOwnWord reports whether a part of the name is a word of the set.
func hasOwnWord(name string, words *ascii.WordFilter) bool {
	return hasWordOrClient(name, words, nil, "")
}

func hasWordOrClient[K string | []byte](name K, one, other *ascii.WordFilter, ending string) bool {
	if len(name) > maxNameBytes {
		return false
	}
	var lower [maxNameBytes]byte
	for i := range len(name) {
		lower[i] = asLower(name[i])
	}
	for from := 0; from < len(name); {
		to, word := from, from
		for ; to < len(name) && isNameByte(name[to]); to++ {
			if to > word && isUpper(name[to]) && !isUpper(name[to-1]) {
				if isAny(lower[word:to], one, other) {
					return true
				}
				word = to
			}
		}
		if isAny(lower[word:to], one, other) || isAny(lower[from:to], one, other) || ending != "" && to-from > len(ending) && string(lower[to-len(ending):to]) == ending {
			return true
		}
		from = to + 1
	}
	return false
}

const client = "client"

func isAny(word []byte, one, other *ascii.WordFilter) bool {
	return one.Has(word) || other != nil && other.Has(word)
}

func isUpper(c byte) bool { return c >= 'A' && c <= 'Z' }

func asLower(c byte) byte {
	if isUpper(c) {
		return c | 0x20
	}
	return c
}

func isNameByte(c byte) bool { return ascii.IsDigit(c) || c|0x20 >= 'a' && c|0x20 <= 'z' }
