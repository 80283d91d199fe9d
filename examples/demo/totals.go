// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// destination is one of the two APIs, as the Collector's metrics and the
// preview's totals spell it.
type destination string

const (
	knownAgents destination = "known_agents"
	scrunch     destination = "scrunch"
)

var destinations = []destination{knownAgents, scrunch}

// fetchLimit bounds one question to a child on this machine, and fetchBytes
// what is read of the answer.
const (
	fetchLimit = 5 * time.Second
	fetchBytes = 4 << 20
)

// totals is what the stand-in for the APIs has received.
type totals struct {
	Visits  map[destination]int `json:"visits"`
	Refused map[destination]int `json:"refused"` // HTTP requests
}

// fetchTotals asks the preview program.
func fetchTotals(ctx context.Context, previewURL string) (totals, error) {
	var t totals
	err := fetch(ctx, previewURL+"/totals", func(body io.Reader) error { return json.NewDecoder(body).Decode(&t) })
	return t, err
}

// counters are what the exporters in the Collector count, by destination and reason.
type counters struct {
	skipped map[destination]map[string]int // spans and log records that are no visit
	dropped map[destination]map[string]int // visits that were lost
}

// fetchCounters asks the Collector's Prometheus endpoint.
func fetchCounters(ctx context.Context, metricsURL string) (counters, error) {
	c := counters{skipped: map[destination]map[string]int{}, dropped: map[destination]map[string]int{}}
	err := fetch(ctx, metricsURL, func(body io.Reader) error {
		lines := bufio.NewScanner(body)
		for lines.Scan() {
			c.read(lines.Text())
		}
		return lines.Err()
	})
	return c, err
}

var (
	sample = regexp.MustCompile(`^(\w+)\{(.*)\} ([0-9.eE+]+)$`)
	label  = regexp.MustCompile(`(\w+)="((?:[^"\\]|\\.)*)"`)
)

// read adds one line of the Prometheus text format, if it is about us. The
// names may have more around them than what they are known by here.
func (c counters) read(line string) {
	parts := sample.FindStringSubmatch(line)
	if parts == nil {
		return
	}
	value, err := strconv.ParseFloat(parts[3], 64)
	if err != nil || value == 0 {
		return
	}
	labels := map[string]string{}
	for _, pair := range label.FindAllStringSubmatch(parts[2], -1) {
		labels[pair[1]] = pair[2]
	}
	var counts map[destination]map[string]int
	switch {
	case strings.Contains(parts[1], "agent_visits_skipped"):
		counts = c.skipped
	case strings.Contains(parts[1], "agent_visits_dropped"):
		counts = c.dropped
	default:
		return
	}
	d := destination(labels["destination"])
	if counts[d] == nil {
		counts[d] = map[string]int{}
	}
	counts[d][labels["reason"]] += int(value)
}

// fetch reads what url answers.
func fetch(ctx context.Context, url string, read func(io.Reader) error) error {
	ctx, cancel := context.WithTimeout(ctx, fetchLimit)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answered %s", url, resp.Status)
	}
	if err := read(io.LimitReader(resp.Body, fetchBytes)); err != nil {
		return fmt.Errorf("read %s: %w", url, err)
	}
	return nil
}
