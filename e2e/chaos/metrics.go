// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package chaos

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"github.com/stretchr/testify/require"
)

// counts are the exporter's own metrics.
type counts struct {
	sent     int
	dropped  map[string]int // by reason, without zeros
	requests int            // HTTP requests
	failed   int            // HTTP requests without an answer
}

func newCounts() counts { return counts{dropped: map[string]int{}} }

// add adds the counts of another process.
func (c *counts) add(other counts) {
	c.sent += other.sent
	c.requests += other.requests
	c.failed += other.failed
	for reason, n := range maps.All(other.dropped) {
		c.dropped[reason] += n
	}
}

// scrape reads the metrics from the Collector's Prometheus endpoint.
func (t *trial) scrape() (counts, error) {
	c := newCounts()
	text, err := get(context.WithoutCancel(t.ctx), "http://127.0.0.1:"+t.env["CHAOS_METRICS"]+"/metrics")
	if err != nil {
		return c, err
	}
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(bytes.NewReader(text))
	if err != nil {
		return c, err
	}
	const prefix = "otelcol_exporter_agent_visits_"
	for name, add := range map[string]func(value int, label func(string) string){
		"sent": func(n int, _ func(string) string) { c.sent += n },
		"dropped": func(n int, label func(string) string) {
			if n > 0 {
				c.dropped[label("reason")] += n
			}
		},
		"requests": func(n int, label func(string) string) {
			c.requests += n
			if label("status_class") == "error" {
				c.failed += n
			}
		},
	} {
		family := families[prefix+name]
		if family == nil {
			return c, fmt.Errorf("the Collector has no metric %s%s", prefix, name)
		}
		for _, m := range family.GetMetric() {
			add(int(m.GetCounter().GetValue()), func(label string) string { return labelOf(m, label) })
		}
	}
	return c, nil
}

func labelOf(m *dto.Metric, name string) string {
	for _, pair := range m.GetLabel() {
		if pair.GetName() == name {
			return pair.GetValue()
		}
	}
	return ""
}

// countLimit bounds how long a scenario waits for the metrics.
const countLimit = 2 * time.Minute

// awaitCounts waits until check returns nil for the metrics of the running Collector.
func (t *trial) awaitCounts(check func(counts) error) {
	t.eventually(countLimit, func() error {
		now, err := t.scrape()
		require.NoError(t, err)
		return check(now)
	})
}

// awaitFailed waits until at least n requests got no answer.
func (t *trial) awaitFailed(n int) {
	t.awaitCounts(func(c counts) error {
		if c.failed < n {
			return fmt.Errorf("%d requests have failed, expected %d", c.failed, n)
		}
		return nil
	})
}

// awaitSent waits until the exporter counts every visit as sent.
func (t *trial) awaitSent() {
	t.awaitCounts(func(c counts) error {
		if all := t.ledger.sum().acknowledged; c.sent != all {
			return fmt.Errorf("%d of %d visits are counted as sent", c.sent, all)
		}
		return nil
	})
}
