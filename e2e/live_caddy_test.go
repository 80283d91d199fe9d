// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/collector"
)

// caddyLogHeaders are the request headers of live/requests.json that end up in a visit.
// Caddy logs all headers except credentials.
var caddyLogHeaders = []string{
	"x-forwarded-for", "x-real-ip", "cf-connecting-ip", "forwarded", "referer", "from", "accept", "accept-language", "origin",
	"content-type", "mcp-protocol-version", "signature-agent", "signature-input", "signature",
}

func TestLiveCaddyWithItsJSONLog(t *testing.T) {
	l := newLive(t, "live_log.yaml")
	l.checkCaddy(source{precision: 2 * time.Millisecond, domain: "www.example.com", observe: func(r *liveRequest, o *observation) {
		o.host = strings.ToLower(r.Host)
		o.headers = r.captured(caddyLogHeaders...)
		o.headers["connection"] = "close"
		if r.Body != "" {
			o.headers["content-length"] = strconv.Itoa(len(r.Body))
		}
		o.response = r.answer("content-type", "content-length", "location")
		if client := namedClient(r); client != "" {
			o.client = client
		}
	}}, "OTEL_TRACES_EXPORTER=none")
}

func TestLiveCaddyWithTracing(t *testing.T) {
	l := newLive(t)
	l.checkCaddy(source{precision: 2 * time.Millisecond, observe: observeOtelhttp})
}

// namedClient is the client's address according to the headers, or "".
func namedClient(r *liveRequest) string {
	switch {
	case r.Name == "unknown visitor":
		return "203.0.113.60" // the first valid address of the header
	case r.header("Forwarded") != "":
		return "2001:db8:cafe::17"
	case r.header("X-Real-IP") != "":
		return r.header("X-Real-IP")
	}
	return firstForwarded(r)
}

// checkCaddy runs Caddy with the environment and compares the visits.
func (l *live) checkCaddy(from source, env ...string) {
	l.t.Helper()
	caddy := program(l.t, filepath.Join("..", "bin", "live", "caddy"))
	l.start()
	server := l.launch(collector.Command{
		Path: caddy,
		Args: []string{"run", "--adapter", "caddyfile", "--config", l.write("Caddyfile")},
		Env: append(env,
			"OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:"+l.env["E2E_HTTP_PORT"],
			"HOME="+l.dir, "XDG_CONFIG_HOME="+l.dir, "XDG_DATA_HOME="+l.dir,
		),
		Log: l.log,
	})
	l.check(from, func() { require.NoError(l.t, server.Stop(l.ctx)) })
}
