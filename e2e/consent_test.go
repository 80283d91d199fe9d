// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fakeapi"
)

// consentRecipes are the configurations of a document that leave out who objects.
func consentRecipes(t *testing.T, document, signal string) []string {
	t.Helper()
	var found []string
	for _, block := range blocks(t, document, "yaml") {
		if strings.Contains(block, "filter/consent:") && strings.Contains(block, "    "+signal+":\n") {
			found = append(found, block)
		}
	}
	require.NotEmpty(t, found, document)
	return found
}

// whoIsDelivered starts the base configuration with a recipe, and returns the paths that
// arrive of what is posted. One path is /last.
func whoIsDelivered(t *testing.T, recipe, signal string, post func(*rig)) []string {
	t.Helper()
	r := newRig(t, fakeapi.Settings{})
	file := filepath.Join(r.dir, "recipe.yaml")
	require.NoError(t, os.WriteFile(file, []byte(recipe), 0o600))
	r.configs = append(r.configs, file, "yaml:"+fmt.Sprintf(`{service: {pipelines: {%s: {processors: [filter/consent]}}}}`, signal))
	r.start()
	post(r)
	r.eventually(func() error {
		for _, v := range r.api.KnownAgentsVisits() {
			if v.RequestPath == "/last" {
				return nil
			}
		}
		return errors.New("/last has not arrived")
	})
	r.stop()
	var paths []string
	for _, v := range r.api.KnownAgentsVisits() {
		paths = append(paths, v.RequestPath)
	}
	slices.Sort(paths)
	return paths
}

func TestSpansOfWhoObjectsAreLeftOutByTheRecipe(t *testing.T) {
	for i, recipe := range consentRecipes(t, "docs/privacy.md", "traces") {
		t.Run(strconv.Itoa(i), func(t *testing.T) {
			td := ptrace.NewTraces()
			spans := td.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty().Spans()
			for _, s := range []struct{ path, header, text, form string }{
				{"/objects", "dnt", "1", "list"},
				{"/objects-as-text", "dnt", "1", "text"},
				{"/objects-by-gpc", "sec-gpc", "1", "list"},
				{"/objects-to-python", "sec_gpc", "1", "list"},
				{"/objects-twice", "dnt", "1, 1", "list"},
				{"/agrees", "dnt", "0", "list"},
				{"/says-nothing", "accept", "text/html", "list"},
				{"/says-something-else", "dnt", "10", "list"},
				{"/last", "accept", "*/*", "list"},
			} {
				span := spans.AppendEmpty()
				span.SetTraceID(pcommon.TraceID{1, byte(spans.Len())})
				span.SetSpanID(pcommon.SpanID{1, byte(spans.Len())})
				span.SetKind(ptrace.SpanKindServer)
				span.SetStartTimestamp(pcommon.NewTimestampFromTime(time.Now()))
				a := span.Attributes()
				a.PutStr("http.request.method", "GET")
				a.PutStr("url.path", s.path)
				a.PutStr("server.address", "www.example.com")
				a.PutInt("http.response.status_code", 200)
				a.PutStr("user_agent.original", "ExampleBot/1.0")
				if s.form == "text" {
					a.PutStr("http.request.header."+s.header, s.text)
				} else {
					a.PutEmptySlice("http.request.header." + s.header).AppendEmpty().SetStr(s.text)
				}
			}
			paths := whoIsDelivered(t, recipe, "traces", func(r *rig) { r.postTraces(td) })
			assert.Equal(t, []string{"/agrees", "/last", "/says-nothing", "/says-something-else"}, paths)
		})
	}
}

func TestLinesOfWhoObjectsAreLeftOutByTheRecipe(t *testing.T) {
	const nginx = `{"msec":"1777886102.120","request_method":"GET","host":"www.example.com","request_uri":"%s","status":"200","http_user_agent":"%s","http_dnt":"%s","http_sec_gpc":"%s"}`
	const caddy = `{"ts":1777886102.12,"request":{"method":"GET","host":"www.example.com","uri":"%s","headers":{"User-Agent":["ExampleBot/1.0"],"%s":["%s"]}},"status":200}`
	const traefik = `{"StartUTC":"2026-05-04T09:15:02.12Z","RequestMethod":"GET","RequestHost":"www.example.com","RequestPath":"%s","DownstreamStatus":200,"request_User-Agent":"ExampleBot/1.0","request_%s":"%s"}`
	lines := []string{
		fmt.Sprintf(nginx, "/objects", "ExampleBot/1.0", "1", ""),
		fmt.Sprintf(nginx, "/objects-by-gpc", "ExampleBot/1.0", "", "1"),
		fmt.Sprintf(nginx, "/agrees", "ExampleBot/1.0", "0", ""),
		fmt.Sprintf(nginx, "/says-nothing", "ExampleBot/1.0", "", ""),
		fmt.Sprintf(nginx, "/speaks-of-it", `ExampleBot/1.0 \"http_dnt\":\"1\"`, "", ""),
		fmt.Sprintf(caddy, "/objects-to-caddy", "Dnt", "1"),
		fmt.Sprintf(caddy, "/objects-to-caddy-by-gpc", "Sec-Gpc", "1"),
		fmt.Sprintf(caddy, "/agrees-to-caddy", "Dnt", "0"),
		fmt.Sprintf(traefik, "/objects-to-traefik", "Dnt", "1"),
		fmt.Sprintf(traefik, "/objects-to-traefik-by-gpc", "Sec-Gpc", "1"),
		fmt.Sprintf(traefik, "/agrees-to-traefik", "Dnt", "0"),
		fmt.Sprintf(nginx, "/last", "ExampleBot/1.0", "", ""),
	}
	for i, recipe := range consentRecipes(t, "docs/privacy.md", "logs") {
		t.Run(strconv.Itoa(i), func(t *testing.T) {
			ld := plog.NewLogs()
			records := ld.ResourceLogs().AppendEmpty().ScopeLogs().AppendEmpty().LogRecords()
			for _, line := range lines {
				records.AppendEmpty().Body().SetStr(line)
			}
			parsed := records.AppendEmpty().Body().SetEmptyMap()
			for key, text := range map[string]string{
				"request_method": "GET", "host": "www.example.com", "request_uri": "/objects-as-map", "status": "200", "http_user_agent": "ExampleBot/1.0", "http_dnt": "1",
			} {
				parsed.PutStr(key, text)
			}
			paths := whoIsDelivered(t, recipe, "logs", func(r *rig) { r.postLogs(ld) })
			assert.Equal(t, []string{"/agrees", "/agrees-to-caddy", "/agrees-to-traefik", "/last", "/says-nothing", "/speaks-of-it"}, paths)
		})
	}
}
