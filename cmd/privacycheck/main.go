// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

// Command privacycheck shows what the agent_visits exporters in a Collector's
// configuration would deliver of an example request that is full of secrets and
// personal data. It sends nothing to other machines.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/exporter"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	agentvisits "github.com/agentvisits/agentvisitsexporter"
	"github.com/agentvisits/agentvisitsexporter/internal/dev/fakeapi"
)

func main() {
	if len(os.Args) != 2 || strings.HasPrefix(os.Args[1], "-") {
		fmt.Fprintln(os.Stderr, "usage: privacycheck CONFIG.yaml\n\nIt shows what the exporters in the file would deliver of an example request, and sends nothing.")
		os.Exit(2)
	}
	if err := check(context.Background(), os.Stdout, os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "privacycheck:", err)
		os.Exit(1)
	}
}

// check prints the example request, and what each exporter in the file would deliver
// of it.
func check(ctx context.Context, out io.Writer, file string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	retrieved, err := confmap.NewRetrievedFromYAML(text)
	if err != nil {
		return err
	}
	conf, err := retrieved.AsConf()
	if err != nil {
		return err
	}
	exporters, _ := conf.Get("exporters").(map[string]any)
	checked := 0
	fmt.Fprintf(out, "The request:\n%s\n", exampleText())
	for _, name := range slices.Sorted(maps.Keys(exporters)) {
		var id component.ID
		if id.UnmarshalText([]byte(name)) != nil || id.Type() != agentvisits.NewFactory().Type() {
			continue
		}
		settings, _ := exporters[name].(map[string]any)
		visits, err := deliver(ctx, id, settings)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		fmt.Fprintf(out, "\nWhat %s would deliver:\n%s\n", name, visits)
		checked++
	}
	if checked == 0 {
		return fmt.Errorf("%s has no agent_visits exporter: name a file with one under `exporters`", file)
	}
	return nil
}

// deliver sends the example to a stand-in for the APIs and returns the visits that
// arrived. It uses only the options that decide what leaves, so it needs neither the
// keys nor the addresses of the real APIs.
func deliver(ctx context.Context, id component.ID, settings map[string]any) (string, error) {
	api, err := fakeapi.Listen("127.0.0.1:0", fakeapi.Settings{})
	if err != nil {
		return "", err
	}
	defer func() { _ = api.Close() }()
	cfg := agentvisits.NewFactory().CreateDefaultConfig().(*agentvisits.Config)
	if err := confmap.NewFromStringMap(privacyOptions(settings)).Unmarshal(cfg); err != nil {
		return "", err
	}
	cfg.ClientConfig.Endpoint = api.URL()
	if err := confmap.Validate(cfg); err != nil {
		return "", err
	}
	set := exporter.Settings{ID: id, TelemetrySettings: componenttest.NewNopTelemetrySettings()}
	e, err := agentvisits.NewFactory().CreateTraces(ctx, set, cfg)
	if err != nil {
		return "", err
	}
	if err := e.Start(ctx, componenttest.NewNopHost()); err != nil {
		return "", err
	}
	if err := e.ConsumeTraces(ctx, example()); err != nil {
		return "", err
	}
	if err := e.Shutdown(ctx); err != nil {
		return "", err
	}
	return visitsJSON(api), nil
}

// privacyOptions returns the options that decide what leaves, and made-up keys. It
// leaves out the options that select requests by service, host, path, method or status,
// and the domain of a site, because the example stands for the selected requests. It keeps
// `visits::who`.
func privacyOptions(settings map[string]any) map[string]any {
	options := map[string]any{}
	if visits, ok := settings["visits"].(map[string]any); ok {
		visits = maps.Clone(visits)
		for _, key := range []string{"services", "hosts", "include_paths", "exclude_paths", "methods", "statuses"} {
			delete(visits, key)
		}
		options["visits"] = visits
	}
	if _, ok := settings["known_agents"]; ok {
		options["known_agents"] = map[string]any{"access_token": "example"}
	}
	if _, ok := settings["scrunch"]; ok {
		options["scrunch"] = map[string]any{"site_id": "01ARZ3NDEKTSV4RRFFQ69G5FAV", "api_key": "example"}
	}
	return options
}

func visitsJSON(api *fakeapi.Server) string {
	visits := append(api.Visits(fakeapi.KnownAgents), api.Visits(fakeapi.Scrunch)...)
	if len(visits) == 0 {
		return "nothing"
	}
	var out bytes.Buffer
	for _, v := range visits {
		_ = json.Indent(&out, v.Raw, "", "  ")
	}
	return out.String()
}

// exampleAttributes are the span attributes of a request by a person whom an AI
// assistant sent. The values with SECRET must never leave.
var exampleAttributes = map[string]string{
	"http.request.method": "GET", "url.scheme": "https", "server.address": "www.example.com",
	"url.path":  "/users/anna@example.com/orders;jsessionid=SECRET",
	"url.query": "utm_source=chatgpt.com&page=2&access_token=SECRET&next=https%3A%2F%2Fanna%3ASECRET%40example.com%2F",
	"url.full":  "https://anna:SECRET@www.example.com/users/anna@example.com/orders#SECRET",

	"client.address":                      "192.0.2.10",
	"user_agent.original":                 "Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0",
	"http.request.header.x-forwarded-for": "192.0.2.10, 10.0.0.1",
	"http.request.header.referer":         "https://chatgpt.com/?token=SECRET#SECRET",
	"http.request.header.accept-language": "de",
	"http.request.header.authorization":   "Bearer SECRET",
	"http.request.header.cookie":          "session=SECRET",
	"http.response.header.set-cookie":     "session=SECRET",
	"http.response.header.content-type":   "text/html",
	"http.request.body":                   "SECRET",
	"enduser.id":                          "anna",
}

func exampleText() string {
	var out strings.Builder
	for _, key := range slices.Sorted(maps.Keys(exampleAttributes)) {
		fmt.Fprintf(&out, "  %s: %s\n", key, exampleAttributes[key])
	}
	return out.String()
}

func example() ptrace.Traces {
	td := ptrace.NewTraces()
	span := td.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty().Spans().AppendEmpty()
	span.SetKind(ptrace.SpanKindServer)
	now := time.Now()
	span.SetStartTimestamp(pcommon.NewTimestampFromTime(now.Add(-38 * time.Millisecond)))
	span.SetEndTimestamp(pcommon.NewTimestampFromTime(now))
	for key, text := range exampleAttributes {
		span.Attributes().PutStr(key, text)
	}
	span.Attributes().PutInt("http.response.status_code", 200)
	return td
}
