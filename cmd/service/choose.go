// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// keysVariable names the folder of the keys to the configurations.
const keysVariable = "AGENT_VISITS_KEYS"

// destination is an API, as the packages know it.
type destination struct {
	title  string
	config string // its configuration, beside collector.yaml
	key    string // the file of its key
	id     string // a variable that it also needs; may be empty
}

var destinations = []destination{
	{title: "Known Agents", config: "known_agents.yaml", key: "known_agents_access_token"},
	{title: "Scrunch", config: "scrunch.yaml", key: "scrunch_api_key", id: "SCRUNCH_SITE_ID"},
}

// idle is the pipeline of a Collector that has nowhere to deliver to; a Collector needs
// one. It reads an empty file, so that nothing is lost: access logs are read later, and
// senders notice that nobody listens.
const idle = "yaml:{receivers: {file_log/idle: {include: [/dev/null]}}, exporters: {debug/idle: }, " +
	"service: {pipelines: {logs/idle: {receivers: [file_log/idle], exporters: [debug/idle]}}}}"

// noLineIsLost lets file_log hand each line on before it notes the line as read, so that
// a killed Collector reads again what it had in hand. It is a gate of contrib's pkg/stanza.
const noLineIsLost = "--feature-gates=stanza.synchronousLogEmitter"

// choice is what the Collector is started with.
type choice struct {
	args   []string
	notes  []string
	isIdle bool
}

// choose takes each destination whose key is there. A destination of which only a part is
// there is an error, because its visits would be missed.
func choose(s settings, getenv func(string) string) (choice, error) {
	c := choice{args: []string{noLineIsLost, "--config", filepath.Join(s.configs, "collector.yaml")}}
	var titles []string
	for _, d := range destinations {
		has, err := hasKey(filepath.Join(s.keys, d.key))
		if err != nil {
			return c, err
		}
		if !has {
			continue
		}
		if d.id != "" && strings.TrimSpace(getenv(d.id)) == "" {
			return c, fmt.Errorf("%s has its key, but %s is not set: set it in %s, or where the container is started",
				d.title, d.id, filepath.Join(s.configs, "agent-visits.env"))
		}
		titles = append(titles, d.title)
		c.args = append(c.args, "--config", filepath.Join(s.configs, d.config))
	}
	if len(titles) == 0 {
		c.isIdle = true
		c.args = append(c.args, "--config", idle)
		c.notes = []string{"No destination has its key, so nothing is read and nothing delivered. " + remedy(s) + " Then restart."}
		return c, nil
	}
	c.notes = []string{"Delivers to " + strings.Join(titles, " and ") + "."}
	return c, nil
}

// remedy says which key to write where.
func remedy(s settings) string {
	var ways []string
	for _, d := range destinations {
		way := "the key of " + d.title + " into " + filepath.Join(s.written, d.key)
		if d.id != "" {
			way += " (and set " + d.id + ")"
		}
		ways = append(ways, way)
	}
	return "Write " + strings.Join(ways, ", or ") + "."
}

// hasKey says whether a file holds anything. Packages install empty ones, and a container
// may have none.
func hasKey(path string) (bool, error) {
	text, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return false, nil
	case err != nil:
		return false, fmt.Errorf("cannot read a key: %w; let the user with the id %d read this file", err, os.Getuid())
	}
	return strings.TrimSpace(string(text)) != "", nil
}
