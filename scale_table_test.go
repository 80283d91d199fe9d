// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
)

// What docs/production.md computes with beside the cost of each Collector.
const (
	visitBytes    = 460  // of a visit for Known Agents, in the queue and in a body
	bodyVisits    = 2050 // in a full body
	leastVisits   = 1080 // in a body that left for its size
	flushSeconds  = 5    // until one leaves that is not full
	busiest       = 0.7  // of the cores of a gateway, while another one is down
	gatewayCores  = 2
	bodiesAtOnce  = 10
	answerSeconds = 0.2
	lineBits      = 100e6 // of a second
)

// tableOf returns the rows of the table whose first heading is given, without the headings.
func tableOf(t *testing.T, heading string) [][]string {
	t.Helper()
	_, table, found := strings.Cut(fixture.ReadFile(t, "docs/production.md"), "\n| "+heading+" |")
	require.True(t, found, "no table of %q", heading)
	table, _, _ = strings.Cut(table, "\n\n")
	return fixture.TableRows(table)[1:] // the first is the rule below the headings, whose own row begins before the cut
}

// numberIn is the number with which a cell begins.
func numberIn(t *testing.T, cell string) float64 {
	t.Helper()
	n, err := strconv.ParseFloat(strings.ReplaceAll(strings.Fields(cell)[0], ",", ""), 64)
	require.NoError(t, err)
	return n
}

// costs are the CPU seconds for a visit, by what a Collector does.
func costs(t *testing.T) map[string]float64 {
	t.Helper()
	of := map[string]float64{}
	for _, row := range tableOf(t, "A Collector that") {
		of[row[0]] = numberIn(t, row[1]) / 1e6
		assert.InEpsilon(t, floor(1/of[row[0]]), numberIn(t, row[3]), 1e-9, row[0])
	}
	require.Len(t, of, 5)
	return of
}

// floor cuts a number down to two digits.
func floor(n float64) float64 {
	unit := math.Pow(10, math.Floor(math.Log10(n))-1)
	return math.Floor(n/unit+1e-9) * unit // what is computed may miss a whole number by a hair
}

const (
	gateway    = "takes OTLP and delivers, queue on disk"
	writer     = "takes OTLP and writes to Kafka"
	fromMemory = "reads spans from Kafka and delivers, queue in memory"
	fromDisk   = "reads spans from Kafka and delivers, queue on disk"
)

func TestTheSizesOfManyMachinesFollowFromWhatOneCosts(t *testing.T) {
	cost := costs(t)
	rows := tableOf(t, "Requests a second")
	assert.Len(t, rows, 6)
	for _, row := range rows {
		t.Run(row[0], func(t *testing.T) {
			rate := numberIn(t, row[0])
			for i, want := range []float64{
				1: rate * cost[gateway],
				2: max(2, math.Ceil(rate*cost[gateway]/gatewayCores/busiest)+1),
				3: rate * cost[writer],
				4: rate * cost[fromMemory],
				5: rate * cost[fromDisk],
				6: rate * 3600 * visitBytes / 1e9,
				7: rate * visitBytes * 8 / 1e6,
				8: max(rate/bodyVisits, 1.0/flushSeconds),
			} {
				if i > 0 {
					assert.InEpsilon(t, want, numberIn(t, row[i]), 0.05, "column %d: %s", i+1, row[i])
				}
			}
		})
	}
}

func TestTheFirstLimitStandsFirst(t *testing.T) {
	cost := costs(t)
	limits := []float64{
		64 << 20 / visitBytes / 3600.0,
		1 << 30 / visitBytes / 3600.0,
		1 / cost[fromDisk],
		lineBits / visitBytes / 8,
		1 / max(cost[writer], cost[fromMemory]),
		bodiesAtOnce * leastVisits / answerSeconds,
		1 / cost[gateway],
	}
	rows := tableOf(t, "Limit")
	require.Len(t, rows, len(limits)+1) // the last one is not known
	before := 0.0
	for i, limit := range limits {
		assert.InEpsilon(t, floor(limit), numberIn(t, rows[i][1]), 1e-9, fmt.Sprint(rows[i][0], " is at ", limit))
		assert.Greater(t, limit, before, rows[i][0])
		before = limit
	}
	_, most, _ := strings.Cut(rows[5][1], " to ")
	assert.InEpsilon(t, floor(bodiesAtOnce*bodyVisits/answerSeconds), numberIn(t, most), 1e-9, "with full bodies")
}
