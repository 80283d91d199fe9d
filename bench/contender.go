// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"slices"
	"strings"
)

// contender is a way to export.
type contender struct {
	name      string
	exporters []string // of config.yaml
	// marks are texts that stand once in each item that is delivered. Without
	// one nothing is.
	marks  map[signal]string
	visits bool // delivers visits alone
}

var (
	itemInJSON = map[signal]string{traces: `"traceId":"`, logs: `"request_method"`}

	nop      = contender{name: "nop", exporters: []string{"nop"}}
	protobuf = contender{
		name: "otlp_http, protobuf", exporters: []string{"otlp_http/protobuf"},
		marks: map[signal]string{traces: traceMark, logs: "request_method"},
	}
	json        = contender{name: "otlp_http, JSON", exporters: []string{"otlp_http/json"}, marks: itemInJSON}
	elastic     = contender{name: "elasticsearch", exporters: []string{"elasticsearch"}, marks: map[signal]string{traces: `"@timestamp":`, logs: `"@timestamp":`}}
	knownAgents = ours("Known Agents", `,"created":"`, "agent_visits/known_agents")
	scrunch     = ours("Scrunch", `,"timestamp":`, "agent_visits/scrunch")
	onDisk      = ours("Known Agents, queue on disk", `,"created":"`, "agent_visits/disk")
	besideNop   = ours("Known Agents beside nop", `,"created":"`, "agent_visits/known_agents", "nop")
)

func ours(name, mark string, exporters ...string) contender {
	return contender{name: "agent_visits, " + name, exporters: exporters, marks: map[signal]string{traces: mark, logs: mark}, visits: true}
}

// pipeline is the configuration that puts the contender to work.
func (c *contender) pipeline(s signal) string {
	return fmt.Sprintf("yaml:service: {pipelines: {%s: {receivers: [otlp], exporters: [%s]}}}", s, strings.Join(c.exporters, ", "))
}

// delivers is how many items of so many requests arrive at the sink.
func (c *contender) delivers(l *load, requests int) int {
	switch {
	case c.marks[l.signal] == "":
		return 0
	case c.visits:
		return requests * l.visits
	}
	return requests * l.items
}

// scenario is a load under which contenders are compared.
type scenario struct {
	name string
	load func() (*load, error)
	gogc int // 0 is Go's default
	api  behaviour
	// of are compared with each of against.
	of, against []contender
}

var scenarios = []scenario{
	{
		name: "Server spans", load: serverSpans,
		of: []contender{knownAgents, scrunch}, against: []contender{nop, protobuf, json, elastic},
	},
	{
		name: "Server spans, GOGC=400", load: serverSpans, gogc: 400,
		of: []contender{knownAgents, scrunch}, against: []contender{nop, protobuf, json, elastic},
	},
	{
		name: "Spans, a fifth of them server spans", load: mixedSpans,
		of: []contender{knownAgents, scrunch}, against: []contender{nop, protobuf, json, elastic},
	},
	{
		name: "Spans, a fifth of them server spans, GOGC=400", load: mixedSpans, gogc: 400,
		of: []contender{knownAgents, scrunch}, against: []contender{nop, protobuf, json, elastic},
	},
	{
		name: "Access-log records", load: accessLog,
		of: []contender{knownAgents, scrunch}, against: []contender{nop, protobuf, json, elastic},
	},
	{
		name: "Access-log records, GOGC=400", load: accessLog, gogc: 400,
		of: []contender{knownAgents, scrunch}, against: []contender{nop, protobuf, json, elastic},
	},
	{name: "Queue on disk", load: serverSpans, of: []contender{onDisk}, against: []contender{nop, knownAgents}},
	{name: "Beside another exporter", load: serverSpans, of: []contender{besideNop}, against: []contender{nop, knownAgents}},
	{name: "API that refuses connections", load: serverSpans, api: refuses, of: []contender{knownAgents}, against: []contender{nop}},
	{name: "API that never answers", load: serverSpans, api: hangs, of: []contender{knownAgents}, against: []contender{nop}},
	{name: "API that refuses connections, single spans", load: singleSpans, api: refuses, of: []contender{knownAgents}, against: []contender{nop}},
}

// contenders are all that take part.
func (s *scenario) contenders() []contender {
	return slices.Concat(s.against, s.of)
}
