// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package translate_test

import (
	"strings"
	"time"

	"github.com/agentvisits/agentvisitsexporter/internal/address"
)

// noPage are the requests that become a visit in no capture, with the reason.
var noPage = map[string]string{
	"static-style-css": "static_asset", "static-app-js-v-3": "static_asset", "static-logo-png": "static_asset",
	"static-favicon-ico": "static_asset", "static-_next-static-x-js": "framework_internal", "kube-probe": "health_check",
}

// leftMost is the address that otelhttp records: the first element of X-Forwarded-For,
// trusted or not, or else the peer.
func leftMost(r sent) string {
	first, _, _ := strings.Cut(r.header("X-Forwarded-For"), ",")
	if ip := address.Parse(first); ip != "" {
		return ip
	}
	return "127.0.0.1"
}

func peer(sent) string { return "127.0.0.1" }

// realIP is the address that nginx' realip module finds.
func realIP(r sent) string {
	switch r.ID {
	case "forwarded", "perplexity-user", "bad-pct", "options-star":
		return "127.0.0.1" // realip reads X-Forwarded-For alone, and nothing of a request that it refuses
	}
	return r.ExpectedClientIP
}

// refusable is the address that nginx logs. Of a request that it refuses itself, it is
// the peer's.
func refusable(r sent) string {
	switch r.ID {
	case "forwarded", "bad-pct", "options-star":
		return "127.0.0.1" // the log format has no $http_forwarded
	}
	return r.ExpectedClientIP
}

var captures = []capture{
	{
		producer: "go-otelhttp", file: "spans_otelhttp.jsonl", requests: "requests.json",
		silent: []string{"bad-pct", "options-star", "traceparent-off"},
		lacks:  []string{"port", "query", "referer", "content type"}, decoded: true, aborted: 200, client: leftMost,
		remedy: "a handler inside otelhttp that sets url.query and the headers as span attributes: docs/headers.md; or an access log",
	},
	{
		producer: "go-otelhttp", file: "spans_otelhttp_legacy.jsonl", requests: "requests-spans_otelhttp_legacy.json",
		silent: []string{"bad-pct", "options-star", "traceparent-off"},
		lacks:  []string{"port", "query", "referer", "content type"}, decoded: true, aborted: 200, client: leftMost,
		remedy: "a handler inside otelhttp that sets url.query and the headers as span attributes: docs/headers.md; or an access log",
	},
	{
		producer: "caddy", file: "spans_tracing.jsonl", requests: "requests.json",
		silent: []string{"bad-pct", "options-star", "traceparent-off"},
		lacks:  []string{"port", "query", "referer", "content type"}, decoded: true, aborted: 499, client: leftMost,
		remedy: "use Caddy's access log, which holds all of it; span_attributes of Caddy 2.11 add query and referer: docs/headers.md",
	},
	{
		producer: "caddy", file: "spans_edge_plus_origin.jsonl", requests: "requests-edge_plus_origin.json",
		silent: []string{"bad-pct", "options-star", "traceparent-off"}, // An inner hop of an asset is skipped as an asset.
		extra:  map[string]int{"not_server_span": 63, "internal_hop": 57, "static_asset": 4, "framework_internal": 1, "health_check": 1},
		lacks:  []string{"port", "query", "referer", "content type"}, decoded: true, aborted: 499, client: leftMost,
		remedy: "use Caddy's access log, which holds all of it; span_attributes of Caddy 2.11 add query and referer: docs/headers.md",
	},
	{
		producer: "caddy", file: "access.log", requests: "requests.json",
		silent: []string{"bad-pct", "options-star"}, lacks: []string{"scheme"}, aborted: 499,
		remedy: "Caddy logs request.tls for requests over TLS only; https is assumed",
	},
	{
		producer: "caddy", file: "logs_attributes.jsonl", requests: "requests.json",
		silent: []string{"bad-pct", "options-star"}, lacks: []string{"scheme"}, aborted: 499,
		remedy: "Caddy logs request.tls for requests over TLS only; https is assumed",
	},
	{
		producer: "nginx", file: "access_combined.log", requests: "requests.json",
		skips: map[string]string{"options-star": "no_path"}, extra: map[string]int{"not_access_log": 1},
		lacks: []string{"scheme", "host", "content type"}, precision: time.Second, aborted: 499, client: peer,
		remedy: "the JSON format of docs/access-logs.md",
	},
	{
		producer: "nginx", file: "access_combined_realip.log", requests: "requests-realip.json",
		skips: map[string]string{"options-star": "no_path"},
		lacks: []string{"scheme", "host", "content type"}, precision: time.Second, aborted: 499, client: realIP,
		remedy: "the JSON format of docs/access-logs.md",
	},
	{
		producer: "nginx", file: "logs_combined_regex.jsonl", requests: "requests.json",
		skips: map[string]string{"options-star": "no_path"}, extra: map[string]int{"not_access_log": 1},
		lacks: []string{"scheme", "host", "content type"}, precision: time.Second, aborted: 499, client: peer,
		remedy: "the JSON format of docs/access-logs.md",
	},
	{
		producer: "nginx", file: "logs_combined_realip_semconv.jsonl", requests: "requests-realip.json",
		skips: map[string]string{"options-star": "no_path"},
		lacks: []string{"scheme", "host", "content type"}, precision: time.Second, aborted: 499, client: realIP,
		remedy: "the JSON format of docs/access-logs.md",
	},
	{
		producer: "nginx", file: "access_json.log", requests: "requests.json",
		skips: map[string]string{"options-star": "no_path"}, extra: map[string]int{"not_access_log": 1},
		aborted: 499, client: refusable,
	},
	{
		producer: "nginx", file: "logs_json_attributes.jsonl", requests: "requests.json",
		skips: map[string]string{"options-star": "no_path"}, extra: map[string]int{"not_access_log": 1},
		aborted: 499, client: refusable,
	},
}
