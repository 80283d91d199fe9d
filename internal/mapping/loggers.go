// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package mapping

import (
	"strings"
)

// contexts are the maps beside a request in which loggers put what they know of the record.
var contexts = strings.Fields("mdc ctx context contextMap extra fields labels metadata meta tags record log attributes data")

// loggersOfContext are the keys of a logger's name in one of these maps.
func loggersOfContext() (keys []string) {
	for _, name := range contexts {
		keys = append(keys, name+".logger", name+".logger_name")
	}
	return keys
}

// IsOfErrors reports whether a logger is for the errors of a server, such as Caddy's
// http.log.error. Another logger has the request.
func IsOfErrors(logger string) bool {
	for name := range strings.SplitSeq(logger, ".") {
		if name == "error" {
			return true
		}
	}
	return false
}

// IsKindOfCall reports whether a number is the kind of a span that called another service, or of
// one that passed a message on: 3 to 5 in OTLP. Other enumerations count from 0 or have fewer
// kinds. No number above 2 is a server in any of them, and 2 is a client in some.
func IsKindOfCall(kind float64) bool { return kind == 3 || kind == 4 || kind == 5 }

// IsOfClientLog reports whether a message is one of Feign or OkHttp about a call: Feign names the
// method of its interface, and OkHttp begins with the whole URL or the status. Servers have
// arrows before a method and a path.
//
//	[BillingApi#order] ---> GET http://billing.example.com/a HTTP/1.1
//	<--- HTTP/1.1 200 OK (12ms)
//	--> GET http://billing.example.com/a
//	<-- 200 OK http://billing.example.com/a (12ms)
func IsOfClientLog(message string) bool {
	if message == "" || message[0] != '[' && message[0] != '-' && message[0] != '<' {
		return false
	}
	if message[0] == '[' {
		name, rest, _ := strings.Cut(message, "] ")
		if strings.IndexByte(name, '#') < 0 || strings.IndexByte(name, ' ') >= 0 {
			return false
		}
		message = rest
	}
	arrow, rest, _ := strings.Cut(message, " ")
	word, target, _ := strings.Cut(rest, " ")
	switch arrow {
	case "--->", "<---":
		return true
	case "-->":
		return strings.Contains(target[:min(len(target), len("https://"))], "://")
	case "<--":
		return word != "" && (word[0] >= '0' && word[0] <= '9' || word == "HTTP")
	}
	return false
}
