// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"slices"
	"strings"
)

// contender is a configuration of exporters that is compared with others.
type contender struct {
	name      string
	exporters []string // names in config.yaml
	// marks are texts that occur once in each delivered item. A contender without a
	// mark delivers nothing.
	marks  map[signal]string
	visits bool // delivers only visits
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
	knownAgents = agentVisits("Known Agents", `,"created":"`, "agent_visits/known_agents")
	scrunch     = agentVisits("Scrunch", `,"timestamp":`, "agent_visits/scrunch")
	onDisk      = agentVisits("Known Agents, queue on disk", `,"created":"`, "agent_visits/disk")
	besideNop   = agentVisits("Known Agents next to nop", `,"created":"`, "agent_visits/known_agents", "nop")
)

func agentVisits(name, mark string, exporters ...string) contender {
	return contender{name: "agent_visits, " + name, exporters: exporters, marks: map[signal]string{traces: mark, logs: mark}, visits: true}
}

// pipeline is the configuration of the contender's pipeline.
func (c *contender) pipeline(s signal) string {
	return fmt.Sprintf("yaml:service: {pipelines: {%s: {receivers: [otlp], exporters: [%s]}}}", s, strings.Join(c.exporters, ", "))
}

// delivers is how many items of the requests must arrive at the sink.
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
	// Each of candidates is compared with each of baselines.
	candidates, baselines []contender
}

var scenarios = []scenario{
	{
		name: "Server spans", load: serverSpans,
		candidates: []contender{knownAgents, scrunch}, baselines: []contender{nop, protobuf, json, elastic},
	},
	{
		name: "Server spans, GOGC=400", load: serverSpans, gogc: 400,
		candidates: []contender{knownAgents, scrunch}, baselines: []contender{nop, protobuf, json, elastic},
	},
	{
		name: "Spans, a fifth of them server spans", load: mixedSpans,
		candidates: []contender{knownAgents, scrunch}, baselines: []contender{nop, protobuf, json, elastic},
	},
	{
		name: "Spans, a fifth of them server spans, GOGC=400", load: mixedSpans, gogc: 400,
		candidates: []contender{knownAgents, scrunch}, baselines: []contender{nop, protobuf, json, elastic},
	},
	{
		name: "Access-log records", load: accessLog,
		candidates: []contender{knownAgents, scrunch}, baselines: []contender{nop, protobuf, json, elastic},
	},
	{
		name: "Access-log records, GOGC=400", load: accessLog, gogc: 400,
		candidates: []contender{knownAgents, scrunch}, baselines: []contender{nop, protobuf, json, elastic},
	},
	{name: "Queue on disk", load: serverSpans, candidates: []contender{onDisk}, baselines: []contender{nop, knownAgents}},
	{name: "Next to another exporter", load: serverSpans, candidates: []contender{besideNop}, baselines: []contender{nop, knownAgents}},
	{name: "API that refuses connections", load: serverSpans, api: refuses, candidates: []contender{knownAgents}, baselines: []contender{nop}},
	{name: "API that never answers", load: serverSpans, api: hangs, candidates: []contender{knownAgents}, baselines: []contender{nop}},
	{name: "API that refuses connections, single spans", load: singleSpans, api: refuses, candidates: []contender{knownAgents}, baselines: []contender{nop}},
}

// contenders returns the baselines and then the candidates.
func (s *scenario) contenders() []contender {
	return slices.Concat(s.baselines, s.candidates)
}
