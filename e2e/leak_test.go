// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fakeapi"
)

// canary is a secret in every place from which nothing may leave.
const canary = "c4narys3cret"

// leakyTarget has the canary in the query, in a URL within the query, or in the path.
func leakyTarget(i int) string {
	return fmt.Sprintf(pick(i,
		"/p/%d?access_token="+canary, "/p/%d?a=1;%%74oken="+canary, "/p/%d;jsessionid="+canary, "/anna@"+canary+".example/%d",
		"/p/%d?voucher="+canary, "/p/%d?to=https%%3A%%2F%%2Fuser%%3A"+canary+"%%40h.example", "/p/%d?user[password]="+canary+"%%26"+canary,
		"/p/%d?to=%%2Flogin%%3Ftoken%%3D"+canary, "/go/%d/https://user:"+canary+"@h.example/",
	), i)
}

// putLeaks adds attributes that hold the canary.
func putLeaks(m pcommon.Map, i int) {
	for _, name := range []string{"authorization", "cookie", "x_api_key", "proxy-authorization", "mcp-session-id", "x-vault-token"} {
		for _, prefix := range []string{"", "http_", "http.request.header.", "request_", "headers."} {
			m.PutStr(prefix+name, canary)
		}
		m.PutEmptySlice("http.response.header." + name).AppendEmpty().SetStr(canary)
	}
	m.PutEmptyMap("http.request.headers").PutStr("authorization", canary)
	m.PutStr("http.request.body", canary)
	m.PutStr("http.request.header.referer", "https://user:"+canary+"@www.example.com"+leakyTarget(i)+"#"+canary)
	m.PutStr("http.request.header.host", "user:"+canary+"@www.example.com")
}

// leakyPayloads returns requests full of canaries, as spans and as log records.
func leakyPayloads(from, to int) (ptrace.Traces, plog.Logs) {
	td, ld := ptrace.NewTraces(), plog.NewLogs()
	spans := td.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty().Spans()
	records := ld.ResourceLogs().AppendEmpty().ScopeLogs().AppendEmpty().LogRecords()
	for i := from; i < to; i++ {
		span := spans.AppendEmpty()
		span.SetKind(ptrace.SpanKindServer)
		span.SetName(canary)
		a := span.Attributes()
		a.PutStr("http.request.method", "GET")
		a.PutInt("http.response.status_code", 200)
		a.PutStr("http.target", leakyTarget(i))
		a.PutStr("server.address", "www.example.com")
		a.PutStr("user_agent.original", agents[0])
		a.PutStr("client.address", "192.0.2.77")
		a.PutStr("http.request.header.x-forwarded-for", "192.0.2.77, 10.0.0.1")
		putLeaks(a, i)

		fields := map[string]any{
			"request_method": "GET", "status": "200", "request_uri": leakyTarget(i), "http_host": "www.example.com", "http_user_agent": agents[0],
			"http_referer": "https://user:" + canary + "@h.example/?token=" + canary, "http_authorization": canary, "remote_addr": "192.0.2.77",
		}
		record := records.AppendEmpty()
		text, _ := json.Marshal(fields)
		record.Body().SetStr(string(text))
		putLeaks(record.Attributes(), i)
	}
	return td, ld
}

// The test searches the delivered visits, the queue on disk, the log and the metrics.
// Meanwhile the APIs fail, and their answers quote the canary.
func TestNoSecretLeavesTheCollector(t *testing.T) {
	for _, options := range []string{"leak.yaml", "leak_strict.yaml"} {
		t.Run(options, func(t *testing.T) { requireNoLeak(t, options) })
	}
}

func requireNoLeak(t *testing.T, options string) {
	t.Helper()
	r := newRig(t, fakeapi.Settings{}, options)
	for _, to := range []fakeapi.Destination{fakeapi.KnownAgents, fakeapi.Scrunch} {
		r.api.Script(to, fakeapi.Step{}, fakeapi.Step{Status: http.StatusUnprocessableEntity, Body: canary},
			fakeapi.Step{Status: http.StatusTooManyRequests, RetryAfter: "1", Body: canary}, fakeapi.Step{Reset: true})
	}
	r.start()
	connection := r.connect()
	const requests = 1000
	for i := 0; i < requests; i += perPayload {
		td, ld := leakyPayloads(i, i+perPayload)
		r.sendTraces(connection, td)
		r.sendLogs(connection, ld)
	}
	r.waitVisits(2 * requests)
	metrics := fmt.Append(nil, r.scrape())
	r.stop()

	for _, to := range []fakeapi.Destination{fakeapi.KnownAgents, fakeapi.Scrunch} {
		for _, v := range r.api.Visits(to) {
			requireClean(t, "a visit", v.Raw)
		}
	}
	requireClean(t, "the log", []byte(r.log.String()))
	requireClean(t, "the metrics", metrics)
	files := 0
	require.NoError(t, filepath.WalkDir(r.dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		files++
		text, err := os.ReadFile(path)
		requireClean(t, "the queue on disk", text)
		info, _ := entry.Info()
		assert.Zero(t, info.Mode().Perm()&0o077, "readable by its owner alone")
		return err
	}))
	assert.GreaterOrEqual(t, files, 4, "a queue for each exporter and signal")
}

// requireClean requires that text holds no canary, no credential and no full address.
func requireClean(t *testing.T, where string, text []byte) {
	t.Helper()
	for _, secret := range []string{canary, "192.0.2.77", accessToken, apiKey} {
		if i := bytes.Index(bytes.ToLower(text), []byte(strings.ToLower(secret))); i >= 0 {
			require.Failf(t, "a secret left", "%s holds %q: ...%s...", where, secret, text[max(i-200, 0):min(i+60, len(text))])
		}
	}
}
