// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestAMetricIsTheSumOverItsNameAndLabel(t *testing.T) {
	figures := "# HELP dropped Visits.\n# TYPE dropped counter\n" +
		`dropped_total{reason="queue_full",signal="traces"} 3` + "\n" +
		`dropped_total{reason="queue_full",signal="logs"} 4e+06` + "\n" +
		`dropped_total{reason="no_answer"} 50` + "\n\n" +
		`queue_capacity{exporter="a"} 6.7108864e+07` + "\n"
	assert.InDelta(t, 4_000_003, metric(figures, "dropped", `reason="queue_full"`), 0)
	assert.InDelta(t, 64<<20, metric(figures, "queue_capacity", ""), 0)
	assert.Zero(t, metric(figures, "sent", ""))
}
