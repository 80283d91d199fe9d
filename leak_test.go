// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/exporter"
	"go.opentelemetry.io/collector/exporter/exportertest"
	"go.opentelemetry.io/collector/extension/xextension/storage"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fakeapi"
	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
	"github.com/agentvisits/agentvisitsexporter/internal/dev/translation"
	"github.com/agentvisits/agentvisitsexporter/internal/mapping"
	"github.com/agentvisits/agentvisitsexporter/internal/metadata"
	"github.com/agentvisits/agentvisitsexporter/internal/translate"
)

// canaryKeys are query keys in the spellings that are met.
var canaryKeys = strings.Fields(`token TOKEN access_token access-token accessToken id_token code state key api_key apiKey x-api-key
	password user[password] user.password token[] token[0] %74oken %2574oken tok%65n t%6Fken X-Amz-Signature X-Amz-Credential
	X-Amz-Security-Token AWSAccessKeyId Signature sig X-Goog-Signature client_secret secret session PHPSESSID sid email
	user_email jwt otp auth Authorization csrf_token promo_key %zztoken tok%en +token %00token %u0074oken token2`)

// canaryTargets are request targets that hold a secret; %s is a query key.
var canaryTargets = []string{
	"/p?%s=" + fixture.Canary, "/p?a=1&%s=" + fixture.Canary + "&b=2", "/p?a=1;%s=" + fixture.Canary, "/p?%s=%%7x" + fixture.Canary + "%%",
	"/p?%s=x%%26" + fixture.Canary, "/p?%s=x;" + fixture.Canary, "/p?%s=x=" + fixture.Canary, "/p?%s=/" + fixture.Canary + "?" + fixture.Canary,
	"/p?to=https://h.example/?%s=" + fixture.Canary, "/p?to=https://user:" + fixture.Canary + "@h.example/x&%s=1",
	"/p?to=https%%3A%%2F%%2Fh.example%%2F%%3F%s%%3D" + fixture.Canary + "%%26b%%3D2",
	"/p?to=https%%253A%%252F%%252Fuser%%253A" + fixture.Canary + "%%2540h.example&%s=1",
	"/p?to=https%%3A%%2F%%2Fuser%%3A" + fixture.Canary + "%%40h.example&%s=1", "/p?to=%%2Fx%%3F%s%%3Dx%%2526" + fixture.Canary,
	"/p?to=https%%3A%%2F%%2Fh.example%%2F%%23" + fixture.Canary + "&%s=1", "/p?json={%%22%s%%22:%%22" + fixture.Canary + "%%22}",
	"/p;jsessionid=" + fixture.Canary + "?%s=1", "/p;JSESSIONID=" + fixture.Canary + "/x?%s=1", "/go/https://user:" + fixture.Canary + "@h.example/?%s=1",
	"/go/https:/user:" + fixture.Canary + "@h.example/?%s=1", "/go/https%%3A%%2F%%2Fuser%%3A" + fixture.Canary + "%%40h.example?%s=1",
	"https://user:" + fixture.Canary + "@www.example.com/p?%s=1", "/p?%s=1#" + fixture.Canary,
}

// leakyRequest is what number i of the requests holds.
func leakyRequest(i int) (target, address string) {
	target = fmt.Sprintf(canaryTargets[i%len(canaryTargets)], canaryKeys[i%len(canaryKeys)])
	if strings.HasPrefix(target, "/") {
		return target, "https://user:" + fixture.Canary + "@www.example.com" + target
	}
	return target, target
}

// leakyAttributes puts secrets into headers, in every container and type, and
// where no visit is looked for.
func leakyAttributes(m pcommon.Map, i int) {
	for j, name := range fixture.CanaryHeaders {
		for k, key := range mapping.HeaderKeys(name, slices.Concat(mapping.RequestHeaderKeys, mapping.ResponseHeaderKeys)) {
			if (i+j+k)%7 == 0 {
				leakyValue(m.PutEmpty(key), i+j+k)
			}
		}
		for k, prefix := range []string{"", "http_", "HTTP_", "HTTP-", "http.request.header.http_", "cookie.", "headers_", "$http_"} {
			if (i+j+k)%5 == 0 {
				leakyValue(m.PutEmpty(prefix+strings.ReplaceAll(name, "-", "_")), i+j+k)
				leakyValue(m.PutEmpty(prefix+strings.ToUpper(name)), i+j)
			}
		}
	}
	_, address := leakyRequest(i)
	for _, name := range []string{"referer", "origin", "ucp-agent"} {
		m.PutStr("http.request.header."+name, address+"#"+fixture.Canary)
	}
	for _, name := range []string{"location", "link", "access-control-allow-origin"} {
		m.PutStr("http.response.header."+name, "<"+address+"#"+fixture.Canary+`>; rel="next"; anchor="#`+fixture.Canary+`"`)
	}
	m.PutStr("http.request.header.host", "user:"+fixture.Canary+"@www.example.com")
	m.PutStr("mcp.method.name", "resources/read")
	m.PutStr("mcp.resource.name", "https://user:"+fixture.Canary+"@h.example/?token="+fixture.Canary)
	for _, key := range []string{"enduser.id", "user.email", "db.statement", "http.request.body", "http.response.body", "exception.message", "mcp.session.id"} {
		m.PutStr(key, fixture.Canary)
	}
	headers := m.PutEmptyMap("http.request.headers")
	leakyValue(headers.PutEmpty("authorization"), i)
	leakyValue(headers.PutEmptyMap("cookie").PutEmptyMap("user-agent").PutEmpty("x"), i)
	m.PutStr("request_headers", `{"authorization":"`+fixture.Canary+`","cookie":["`+fixture.Canary+`"],"x":{"user-agent":"`+fixture.Canary+`"}}`)
}

func leakyValue(v pcommon.Value, kind int) {
	switch kind % 5 {
	case 0:
		v.SetStr("Bearer " + fixture.Canary)
	case 1:
		v.SetEmptySlice().AppendEmpty().SetStr(fixture.Canary)
	case 2:
		v.SetEmptyMap().PutStr("value", fixture.Canary)
	case 3:
		v.SetEmptyBytes().FromRaw([]byte(fixture.Canary))
	case 4:
		v.SetEmptySlice().AppendEmpty().SetEmptyMap().PutEmptySlice("x").AppendEmpty().SetStr(fixture.Canary)
	}
}

func leakyTraces(from, to int) ptrace.Traces {
	td := ptrace.NewTraces()
	rs := td.ResourceSpans().AppendEmpty()
	rs.Resource().Attributes().PutStr("process.command_line", "--key "+fixture.Canary)
	ss := rs.ScopeSpans().AppendEmpty()
	ss.Scope().Attributes().PutStr("x", fixture.Canary)
	for i := from; i < to; i++ {
		target, address := leakyRequest(i)
		span := fixture.ServerSpan(ss.Spans(), "/p")
		span.SetName(fixture.Canary)
		span.Status().SetMessage(fixture.Canary)
		span.TraceState().FromRaw("x=" + fixture.Canary)
		span.Events().AppendEmpty().Attributes().PutStr("exception.message", fixture.Canary)
		a := span.Attributes()
		leakyAttributes(a, i)
		switch i % 3 {
		case 0:
			path, query, _ := strings.Cut(strings.TrimPrefix(target, "https://user:"+fixture.Canary+"@www.example.com"), "?")
			a.PutStr("url.path", path)
			a.PutStr("url.query", query)
		case 1:
			a.Remove("url.path")
			a.PutStr("http.target", target)
		case 2:
			a.Remove("url.path")
			a.PutStr("url.full", address)
		}
	}
	return td
}

func leakyLogs(from, to int) plog.Logs {
	ld := plog.NewLogs()
	rl := ld.ResourceLogs().AppendEmpty()
	rl.Resource().Attributes().PutStr("x", fixture.Canary)
	records := rl.ScopeLogs().AppendEmpty().LogRecords()
	for i := from; i < to; i++ {
		target, address := leakyRequest(i)
		record := records.AppendEmpty()
		fields := map[string]any{
			"request_method": "GET", "request_uri": target, "status": 200, "http_host": "www.example.com", "http_user_agent": "ExampleBot/1.0",
			"http_referer": address, "http_authorization": fixture.Canary, "http_cookie": fixture.Canary, "http_x_api_key": fixture.Canary, "remote_user": fixture.Canary,
			"remote_addr": "192.0.2.10",
		}
		switch i % 4 {
		case 0:
			_ = record.Attributes().FromRaw(fields)
			leakyAttributes(record.Attributes(), i)
		case 1:
			_ = record.Body().SetEmptyMap().FromRaw(fields)
		case 2:
			text, _ := json.Marshal(fields)
			record.Body().SetStr(string(text))
		case 3:
			record.Body().SetStr(`192.0.2.10 - ` + fixture.Canary + ` [04/May/2026:09:15:02 +0000] "GET ` + target + ` HTTP/1.1" 200 512 "` + address +
				`" "ExampleBot/1.0" "` + fixture.Canary + `" token=` + fixture.Canary)
		}
	}
	return ld
}

// witness is a disk that remembers all that was ever written to it. Each queue
// has a place of its own.
type witness struct {
	component.StartFunc
	component.ShutdownFunc
	mu  sync.Mutex
	all bytes.Buffer
}

func (w *witness) GetClient(context.Context, component.Kind, component.ID, string) (storage.Client, error) {
	return witnessClient{fixture.DiskClient{Disk: &fixture.Disk{Kept: map[string][]byte{}}}, w}, nil
}

type witnessClient struct {
	fixture.DiskClient
	witness *witness
}

func (c witnessClient) Set(ctx context.Context, key string, value []byte) error {
	return c.Batch(ctx, storage.SetOperation(key, value))
}

func (c witnessClient) Batch(ctx context.Context, operations ...*storage.Operation) error {
	c.witness.mu.Lock()
	for _, o := range operations {
		if o.Type == storage.Set {
			c.witness.all.Write(o.Value)
		}
	}
	c.witness.mu.Unlock()
	return c.DiskClient.Batch(ctx, operations...)
}

type witnessHost struct {
	fixture.StatusHost
	disk *witness
}

func (h *witnessHost) GetExtensions() map[component.ID]component.Component {
	return map[component.ID]component.Component{fixture.DiskID: h.disk}
}

// requireNoCanary looks for the canary as it is and as it could be written.
func requireNoCanary(t *testing.T, where string, text []byte) {
	t.Helper()
	for _, form := range []string{
		fixture.Canary, url.QueryEscape(fixture.Canary), hex.EncodeToString([]byte(fixture.Canary)), base64.RawStdEncoding.EncodeToString([]byte(fixture.Canary))[:14],
		fixture.Token, fixture.Key,
	} {
		if i := bytes.Index(bytes.ToLower(text), []byte(strings.ToLower(form))); i >= 0 {
			require.Failf(t, "a secret left", "%s holds %q: ...%s...", where, form, text[max(i-300, 0):min(i+len(form)+60, len(text))])
		}
	}
}

// TestNoSecretLeaves brings thousands of requests, each with the canary in
// some hundred places, to both APIs, over a queue on disk, while the APIs fail in
// all ways and quote what they were sent.
func TestNoSecretLeaves(t *testing.T) {
	for to, configure := range map[fakeapi.Destination]func(string) *Config{fakeapi.KnownAgents: knownAgentsConfig, fakeapi.Scrunch: scrunchConfig} {
		api := fixture.Listen(t)
		failInAllWays(api, to)
		o := newWatched(t, configure(api.URL()))
		const requests, perPayload = 600, 100
		visits := 0
		for i := 0; i < requests; i += perPayload {
			td, ld := leakyTraces(i, i+perPayload), leakyLogs(i, i+perPayload)
			spans, records := translation.Traces(translate.Config{}, fixture.Arrival, td), translation.Logs(translate.Config{}, fixture.Arrival, ld)
			if to == fakeapi.KnownAgents {
				visits += len(spans.KnownAgents) + len(records.KnownAgents)
			} else {
				visits += len(spans.Scrunch) + len(records.Scrunch)
			}
			require.NoError(t, o.traces.ConsumeTraces(t.Context(), td))
			require.NoError(t, o.logs.ConsumeLogs(t.Context(), ld))
		}
		assert.Greater(t, visits, 2*requests*8/10, "nearly all are visits")
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		require.NoError(t, api.WaitVisits(ctx, to, visits), "%s", &o.log)
		require.NoError(t, o.traces.Shutdown(t.Context()))
		require.NoError(t, o.logs.Shutdown(t.Context()))

		for _, v := range api.Visits(to) {
			requireNoCanary(t, "a visit", v.Raw)
		}
		for _, r := range api.Requests(to) {
			requireNoCanary(t, "a request's URL", []byte(r.Path))
			assert.NotContains(t, fmt.Sprint(r.Header), fixture.Canary)
		}
		o.requireNoCanary(t)
	}
}

// failInAllWays makes the API quote what it was sent.
func failInAllWays(api *fakeapi.Server, to fakeapi.Destination) {
	api.Script(to, fakeapi.Step{})
	for _, status := range []int{http.StatusBadGateway, http.StatusTooManyRequests, http.StatusRequestEntityTooLarge, http.StatusUnprocessableEntity} {
		api.Script(to, fakeapi.Step{Status: status, Body: "rejected: " + fixture.Canary + " request_path url", RetryAfter: "1", Header: http.Header{"X-Echo": {fixture.Canary}}})
	}
	api.Script(to, fakeapi.Step{Reset: true})
}

// watched is an exporter whose disk, log, spans, metrics and statuses are kept.
type watched struct {
	traces    exporter.Traces
	logs      exporter.Logs
	log       bytes.Buffer
	telemetry *componenttest.Telemetry
	host      *witnessHost
}

func newWatched(t *testing.T, cfg *Config) *watched {
	t.Helper()
	o := &watched{telemetry: componenttest.NewTelemetry()}
	set := exportertest.NewNopSettings(metadata.Type)
	set.TelemetrySettings = o.telemetry.NewTelemetrySettings()
	set.Logger = zap.New(zapcore.NewCore(zapcore.NewJSONEncoder(zap.NewProductionEncoderConfig()), zapcore.Lock(zapcore.AddSync(&o.log)), zap.DebugLevel))
	cfg.RetryConfig.InitialInterval, cfg.RetryConfig.MaxInterval = 1, 1
	cfg.QueueConfig.Get().StorageID = &fixture.DiskID
	factory := NewFactory()
	var err error
	o.traces, err = factory.CreateTraces(t.Context(), set, cfg)
	require.NoError(t, err)
	o.logs, err = factory.CreateLogs(t.Context(), set, cfg)
	require.NoError(t, err)
	o.host = &witnessHost{StatusHost: fixture.StatusHost{Host: componenttest.NewNopHost()}, disk: &witness{}}
	require.NoError(t, o.traces.Start(t.Context(), o.host))
	require.NoError(t, o.logs.Start(t.Context(), o.host))
	return o
}

func (o *watched) requireNoCanary(t *testing.T) {
	t.Helper()
	assert.NotEmpty(t, o.host.disk.all.Bytes())
	requireNoCanary(t, "the queue on disk", o.host.disk.all.Bytes())
	assert.NotEmpty(t, o.log.Bytes())
	requireNoCanary(t, "the log", o.log.Bytes())
	for _, event := range o.host.Events {
		requireNoCanary(t, "a status", []byte(fmt.Sprint(event.Err())))
	}
	spans := o.telemetry.SpanRecorder.Ended()
	assert.NotEmpty(t, spans)
	for _, span := range spans {
		requireNoCanary(t, "a span of our own", fmt.Append(nil, span.Name(), span.Attributes(), span.Events(), span.Status()))
	}
	requireNoCanary(t, "the metrics", allMetrics(t, o.telemetry))
}

// allMetrics are all names, attributes and values of the metrics.
func allMetrics(t *testing.T, telemetry *componenttest.Telemetry) []byte {
	t.Helper()
	var metrics metricdata.ResourceMetrics
	require.NoError(t, telemetry.Reader.Collect(t.Context(), &metrics))
	text, err := json.Marshal(metrics.ScopeMetrics)
	require.NoError(t, err)
	assert.Contains(t, string(text), "agent_visits")
	return text
}
