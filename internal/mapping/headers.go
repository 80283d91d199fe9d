// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package mapping

import (
	"net/http"
	"strings"

	"github.com/agentvisits/agentvisitsexporter/internal/visit"
)

// AddressHeaders are the request headers, best first, in which the proxy nearest to
// the visitor writes the visitor's address. They are absent unless the
// instrumentation is told to capture them.
var AddressHeaders = []visit.Field{
	visit.RequestHeader("cf-connecting-ip"), visit.RequestHeader("true-client-ip"), visit.RequestHeader("fastly-client-ip"),
	visit.RequestHeader("fly-client-ip"), visit.RequestHeader("x-vercel-forwarded-for"), visit.RequestHeader("x-nf-client-connection-ip"),
	visit.RequestHeader("do-connecting-ip"), visit.RequestHeader("x-azure-clientip"), visit.ViewerAddress,
	visit.RequestHeader("x-real-ip"), visit.RequestHeader("x-client-ip"),
}

// HeaderKey is one way in which producers turn a header's name into a key.
type HeaderKey struct {
	prefix string
	spell  func(name string) string // from the lower-case name with "-"
}

// RequestHeaderKeys and ResponseHeaderKeys are these ways, best first: semantic
// conventions (now with "-", before 1.21 with "_", both seen in any case), Caddy and
// Kong, Pino, Traefik, Cloudflare, nginx.
var (
	RequestHeaderKeys = []HeaderKey{
		{"http.request.header.", asSent},
		{"http.request.header.", underscored},
		{"http.request.header.", canonical},
		{"http.request.headers.", asSent},
		{"http.request.headers.", canonical},
		{"request.headers.", canonical},
		{"request.headers.", asSent},
		{"req.headers.", asSent},
		{"headers.", asSent},
		{"headers.", canonical},
		{"request_header.", asSent},
		{"header.", asSent},
		{"ibm_requestHeader_", asSent},
		{"request_headers.", asSent},
		{"request_headers.", canonical},
		{"request_", canonical},
		{"RequestHeaders.", asSent},
		{"RequestHeaders.", underscored},
		{"RequestHeaders.", canonical},
		{"http_", underscored},
		{"request_", underscored},
	}
	ResponseHeaderKeys = []HeaderKey{
		{"http.response.header.", asSent},
		{"http.response.header.", underscored},
		{"http.response.header.", canonical},
		{"http.response.headers.", asSent},
		{"http.response.headers.", canonical},
		{"resp_headers.", canonical},
		{"response.headers.", canonical},
		{"response.headers.", asSent},
		{"response.header.", canonical},
		{"res.headers.", asSent},
		{"ibm_responseHeader_", asSent},
		{"downstream_", canonical},
		{"sent_http_", underscored},
	}
)

func asSent(name string) string { return name }

func underscored(name string) string { return strings.ReplaceAll(name, "-", "_") }

func canonical(name string) string { return http.CanonicalHeaderKey(name) }

// Key returns the key of the named header.
func (k HeaderKey) Key(name string) string { return k.prefix + k.spell(name) }

// HeaderKeys returns all keys that may hold the named header, best first.
func HeaderKeys(name string, ways []HeaderKey) []string {
	keys := make([]string, len(ways))
	for i, way := range ways {
		keys[i] = way.Key(name)
	}
	return keys
}
