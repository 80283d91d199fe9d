// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package mapping

import (
	"strings"

	"github.com/agentvisits/agentvisitsexporter/internal/ascii"
)

// sendingWords begin the messages of services that call others.
var sendingWords = ascii.NewWordFilter(ascii.WordSet("outgoing outbound sending calling fetching retrying crawled crawling scraped scraping"))

// maxMessageWords is how many words of a message are looked at. A visitor may choose
// what comes later.
const maxMessageWords = 3

// IsOfSending reports whether a message says in its first words that a service called
// another one, or that the record is of something else than a request that was answered.
// They end where something else than a word begins, such as a path. A message without a
// blank may be the name of an event, such as outgoing_request.
func IsOfSending(message string) bool {
	return message != "" && !beginsWithMethod(message) && (isOfSending(message) || IsOfClientLog(message))
}

// beginsWithMethod reports whether a message begins with a method and what was asked for: a
// visitor chooses both.
func beginsWithMethod(message string) bool {
	method, rest, _ := strings.Cut(message, " ")
	return beginsTarget(rest) && isCapital(method)
}

func isOfSending(message string) bool {
	var buffer [maxEventName]byte
	if name := appendEventName(buffer[:0], message); name != nil {
		return hasSendingWord(name) || beginsAsNotice(name)
	}
	return hasSendingWord(message) || beginsAsNotice(message)
}

// maxEventName is longer than the names of events.
const maxEventName = 48

// appendEventName appends the name of an event with blanks between its words. It returns
// nil if the message is none. A name with two dots is rather that of a host.
func appendEventName(to []byte, message string) []byte {
	if len(message) == 0 || len(message) > maxEventName {
		return nil
	}
	dots := 0
	for i := range len(message) {
		c := message[i]
		switch {
		case c|0x20 >= 'a' && c|0x20 <= 'z':
		case c == '_' || c == '-':
			c = ' '
		case c == '.' && dots == 0:
			c, dots = ' ', 1
		default:
			return nil
		}
		to = append(to, c)
	}
	return to
}

func hasSendingWord[K string | []byte](message K) bool {
	from := 0
	for range maxMessageWords {
		to := from
		for to < len(message) && message[to]|0x20 >= 'a' && message[to]|0x20 <= 'z' {
			to++
		}
		var lower [maxSendingWord]byte
		if length := to - from; length > 0 && length <= len(lower) {
			for i := range length {
				lower[i] = asLower(message[from+i])
			}
			if endsWord(message[to:]) && sendingWords.Has(lower[:length]) {
				return true
			}
		}
		if to >= len(message) || message[to] != ' ' {
			return false
		}
		from = to + 1
	}
	return false
}

// endsWord reports whether a word of a sentence ends before the rest of a text. The first
// part of a host or of the name of a container, such as outbound.example.com, is none.
func endsWord[K string | []byte](rest K) bool {
	return len(rest) < 2 || rest[0] == ' ' || rest[1] == ' ' || rest[1] == '.'
}

const maxSendingWord = len("retrying")

// noticeStarts are how messages begin that tell of something beside a request of a
// visitor: a call of another service, a probe, a limit, a cache, a webhook.
var noticeStarts = strings.Split("fetched|called|retry|request sent|http client|graphql client|upstream request|upstream response|upstream roundtrip|"+
	"external request|external call|http api called|request to http|request to https|http request to|response from|sent request|"+
	"rate limit|rate limited|ratelimit|request throttled|circuit breaker|"+
	"webhook sent|webhook delivered|webhook delivery|webhook dispatched|webhook failed|sent webhook|delivered webhook|"+
	"cache purge|cache purged|purge|purged|health check for|health check passed|health check failed|probe succeeded|probe failed|slow query|csp violation|csp report", "|")

// noticeInitials are their first letters.
var noticeInitials = func() (has [256]bool) {
	for _, start := range noticeStarts {
		has[start[0]], has[start[0]&^0x20] = true, true
	}
	return has
}()

// beginsAsNotice reports whether a message begins with one of noticeStarts, in any case.
func beginsAsNotice[K string | []byte](message K) bool {
	if len(message) == 0 || !noticeInitials[message[0]] {
		return false
	}
	for _, start := range noticeStarts {
		if hasStart(message, start) && (len(message) == len(start) || message[len(start)] == ' ' || message[len(start)] == ':') {
			return true
		}
	}
	return false
}

func hasStart[K string | []byte](message K, start string) bool {
	if len(message) < len(start) {
		return false
	}
	for i := range len(start) {
		if asLower(message[i]) != start[i] {
			return false
		}
	}
	return true
}

// libraries are those that send requests, by the first part of their loggers' names.
var libraries = ascii.NewWordFilter(ascii.WordSet(`
	httpx urllib urllib3 botocore boto3 aiobotocore okhttp okhttp3 retrofit2 axios undici superagent guzzle guzzlehttp
	faraday httparty typhoeus reqwest resty elastic_transport opensearchpy`))

// IsLibrary reports whether a name is that of a logger of a library that sends requests.
func IsLibrary(name string) bool {
	var lower [maxLibrary]byte
	n := 0
	for n < len(name) && (isNameByte(name[n]) || name[n] == '_') {
		if n == len(lower) {
			return false
		}
		lower[n] = asLower(name[n])
		n++
	}
	if strings.HasPrefix(name, "hyper::client") {
		return true
	}
	return n > 0 && (n == len(name) || name[n] == '.' || name[n] == ':') && libraries.Has(lower[:n])
}

const maxLibrary = len("elastic_transport")

// IsBesideMesh reports whether the name of Envoy's cluster says that it let a call of a
// service pass to a host that the mesh does not know.
func IsBesideMesh(cluster string) bool {
	return cluster == "PassthroughCluster" || cluster == "BlackHoleCluster"
}

// IsOutbound reports whether the name of Istio's cluster is that of a host which a service
// called, or to which a gateway passes requests.
func IsOutbound(cluster string) bool { return strings.HasPrefix(cluster, "outbound|") }

// IsOutOfMesh reports whether that host is outside of Kubernetes.
func IsOutOfMesh(cluster string) bool { return !strings.Contains(cluster, ".svc.") }

// MeshAddress is an address of Envoy's own, which tells a service's calls from what a
// gateway passes on.
type MeshAddress uint8

// The addresses.
const (
	NoMeshAddress MeshAddress = iota
	SentFrom                  // from which it sent the request on
	ReceivedAt                // at which it received the request
	SentBy                    // from which the request came; under a key it is the peer's
	MeshAddresses
)

var meshAddresses = map[string]MeshAddress{"upstream_local_address": SentFrom, "downstream_local_address": ReceivedAt}
