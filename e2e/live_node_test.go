// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/collector"
)

func TestLiveExpressWithDefaultSettings(t *testing.T) {
	l := newLive(t)
	l.checkExpress(observeExpress, "default.js")
}

func TestLiveExpressWithCapturedHeaders(t *testing.T) {
	l := newLive(t)
	l.checkExpress(func(r *liveRequest, o *observation) {
		observeExpress(r, o)
		o.headers = r.captured("referer", "x-forwarded-for", "from", "accept", "signature", "signature-input", "signature-agent", "dnt")
		o.response = r.answer("content-type", "location")
		o.host = strings.ToLower(r.Host) // with its port, unlike server.address
		if client := namedClient(r); client != "" && r.header("X-Real-IP") == "" {
			o.client = client
		}
	}, "capture.js")
}

// observeExpress keeps what Node's HTTP instrumentation records by default: no headers, the
// first address of Forwarded or X-Forwarded-For, and the query as a form encodes it.
func observeExpress(r *liveRequest, o *observation) {
	o.headers = nil
	o.scheme, o.host = "http", r.hostName()
	o.query = formQuery(o.query)
	if client := firstForwarded(r); client != "" {
		o.client = client
	}
	if r.header("Forwarded") != "" {
		o.client = "2001:db8:cafe::17"
	}
}

// formQuery decodes and encodes a query, like JavaScript's URLSearchParams.
func formQuery(sent string) string {
	var pairs []string
	for pair := range strings.SplitSeq(sent, "&") {
		if pair != "" {
			name, value, _ := strings.Cut(pair, "=")
			pairs = append(pairs, formText(name)+"="+formText(value))
		}
	}
	return strings.Join(pairs, "&")
}

func formText(sent string) string {
	decoded, err := url.QueryUnescape(sent)
	if err != nil {
		panic(err) // no query of live/requests.json is malformed
	}
	return strings.NewReplacer("%2A", "*", "~", "%7E").Replace(url.QueryEscape(decoded))
}

// checkExpress runs the website in live/express with a script that starts
// OpenTelemetry, and compares the visits.
func (l *live) checkExpress(observe func(*liveRequest, *observation), otel string) {
	l.t.Helper()
	node := program(l.t, "node")
	folder, err := filepath.Abs(filepath.Join("live", "express"))
	require.NoError(l.t, err)
	if _, err := os.Stat(filepath.Join(folder, "node_modules", "express")); err != nil {
		missing(l.t, "Express")
	}
	l.start()
	server := l.launch(collector.Command{
		Path: node,
		Args: []string{"--require", filepath.Join(folder, otel), filepath.Join(folder, "server.js"), l.port},
		Env: []string{
			"OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:" + l.env["E2E_HTTP_PORT"],
			// By default, OpenTelemetry asks the metadata services of cloud providers.
			"OTEL_NODE_RESOURCE_DETECTORS=env,host,process",
			"OTEL_METRICS_EXPORTER=none",
			"OTEL_LOGS_EXPORTER=none",
		},
		Log: l.log,
	})
	l.check(source{precision: 2 * time.Millisecond, observe: observe}, func() { require.NoError(l.t, server.Stop(l.ctx)) })
}
