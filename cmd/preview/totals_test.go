// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fakeapi"
)

// someTotals has some visits and two refused requests.
func someTotals() *totals {
	totals := newTotals(noon)
	for range 3 {
		totals.addVisit(knownAgentsVisit(nil), 200)
	}
	totals.addVisit(scrunchVisit("example.com", "https://example.com/", ""), 404)
	totals.addVisit(scrunchVisit("example.com", "https://example.com/", ""), 200)
	totals.addVisit(knownAgentsVisit(nil), 0)
	totals.addRequest(fakeapi.Request{Destination: fakeapi.KnownAgents, BodySize: 1_500_000, Status: 200})
	totals.addRequest(fakeapi.Request{Destination: fakeapi.Scrunch, BodySize: 1_234, Status: 200})
	totals.addRequest(fakeapi.Request{Destination: fakeapi.Scrunch, BodySize: 6, Status: 422, Reason: "r"})
	totals.addRequest(fakeapi.Request{Destination: fakeapi.Unknown, BodySize: 7, Status: 404, Reason: "r"})
	return totals
}

func TestEachAPIHasItsOwnTotals(t *testing.T) {
	encoded, err := json.Marshal(someTotals().summary(noon.Add(1500 * time.Millisecond)))
	require.NoError(t, err)
	assert.JSONEq(t, `{
		"seconds": 1.5,
		"visits": {"known_agents": 4, "scrunch": 2},
		"requests": {"known_agents": 1, "scrunch": 2},
		"refused": {"known_agents": 0, "scrunch": 1},
		"bytes": {"known_agents": 1500000, "scrunch": 1240},
		"refused_other": 1,
		"hints": [],
		"by_status": [
			{"name": "2xx", "known_agents": 3, "scrunch": 1},
			{"name": "4xx", "known_agents": 0, "scrunch": 1},
			{"name": "none", "known_agents": 1, "scrunch": 0}]
	}`, string(encoded))
}

func TestEmptyListsAreNeverNullInJSON(t *testing.T) {
	encoded, err := json.Marshal(newTotals(noon).summary(noon))
	require.NoError(t, err)
	assert.NotContains(t, string(encoded), "null")
}

func TestTotalsArePrintedAsATable(t *testing.T) {
	var out bytes.Buffer
	someTotals().summary(noon.Add(90 * time.Second)).print(&out)
	assert.Equal(t, `
Totals after 1m30s

                                                  Known Agents       Scrunch
  visits                                                     4             2
  requests                                                   1             2
  requests refused                                           0             1
  data received                                         1.5 MB        1.2 kB
  refused because neither API has the path: 1
  status 2xx                                                 3             1
  status 4xx                                                 0             1
  status none                                                1             0
`, out.String())
}
