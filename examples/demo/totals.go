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

// destination is one of the two APIs, spelled as in the Collector's metrics and the
// preview's totals.
type destination string

const (
	knownAgents destination = "known_agents"
	scrunch     destination = "scrunch"
)

var destinations = []destination{knownAgents, scrunch}

// fetchLimit bounds the time of a request to a child, and fetchBytes the size of the
// answer.
const (
	fetchLimit = 5 * time.Second
	fetchBytes = 4 << 20
)

// totals are the totals of the preview.
type totals struct {
	Visits  map[destination]int `json:"visits"`
	Refused map[destination]int `json:"refused"` // HTTP requests
}

// fetchTotals reads the totals from the preview.
func fetchTotals(ctx context.Context, previewURL string) (totals, error) {
	var t totals
	err := fetch(ctx, previewURL+"/totals", func(body io.Reader) error { return json.NewDecoder(body).Decode(&t) })
	return t, err
}

// counters are the exporters' metrics, by destination and reason. They have no zeros.
type counters struct {
	skipped map[destination]map[string]int // spans and log records that are not visits
	dropped map[destination]map[string]int // visits that were lost
}

// fetchCounters reads the metrics from the Collector's Prometheus endpoint.
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
	samplePattern = regexp.MustCompile(`^(\w+)\{(.*)\} ([0-9.eE+]+)$`)
	labelPattern  = regexp.MustCompile(`(\w+)="((?:[^"\\]|\\.)*)"`)
)

// read adds a line of the Prometheus text format if it is one of our counters. The
// name of a metric may have a prefix and a suffix.
func (c counters) read(line string) {
	parts := samplePattern.FindStringSubmatch(line)
	if parts == nil {
		return
	}
	value, err := strconv.ParseFloat(parts[3], 64)
	if err != nil || value == 0 {
		return
	}
	labels := map[string]string{}
	for _, pair := range labelPattern.FindAllStringSubmatch(parts[2], -1) {
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

// fetch gets a URL and passes the body of the answer to read.
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
