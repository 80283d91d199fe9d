// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agentvisits/agentvisitsexporter/internal/agents"
	"github.com/agentvisits/agentvisitsexporter/internal/dev/fakeapi"
)

// someTotals has visits by two agents and a person, and two refused requests.
func someTotals() *totals {
	totals := newTotals(noon)
	gpt, chrome := agent{Name: "GPTBot", Operator: "OpenAI", Purpose: agents.Training}, agent{Name: "Chrome", Operator: "", Purpose: browser}
	for range 3 {
		totals.addVisit(visit{API: fakeapi.KnownAgents, agent: gpt, Status: 200})
	}
	totals.addVisit(visit{API: fakeapi.Scrunch, agent: gpt, Status: 404})
	totals.addVisit(visit{API: fakeapi.Scrunch, agent: chrome, Status: 200, ReferredBy: "ChatGPT"})
	totals.addVisit(visit{API: fakeapi.KnownAgents, agent: agent{Name: "Bytespider", Operator: "ByteDance", Purpose: agents.Training}})
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
		"by_agent": [
			{"agent": "GPTBot", "operator": "OpenAI", "purpose": "training", "known_agents": 3, "scrunch": 1},
			{"agent": "Bytespider", "operator": "ByteDance", "purpose": "training", "known_agents": 1, "scrunch": 0},
			{"agent": "Chrome", "purpose": "browser", "known_agents": 0, "scrunch": 1}],
		"by_status": [
			{"name": "2xx", "known_agents": 3, "scrunch": 1},
			{"name": "4xx", "known_agents": 0, "scrunch": 1},
			{"name": "none", "known_agents": 1, "scrunch": 0}],
		"referred_by": [{"name": "ChatGPT", "known_agents": 0, "scrunch": 1}]
	}`, string(encoded))
}

func TestEmptyListsAreNeverNullInJSON(t *testing.T) {
	encoded, err := json.Marshal(newTotals(noon).summary(noon))
	require.NoError(t, err)
	assert.NotContains(t, string(encoded), "null")
}

func TestTotalsArePrintedAsTables(t *testing.T) {
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

Visits by agent
  GPTBot (OpenAI, training)                                  3             1
  Bytespider (ByteDance, training)                           1             0
  Chrome (browser)                                           0             1

Visits referred by an AI assistant
  ChatGPT                                                    0             1

Visits by status
  2xx                                                        3             1
  4xx                                                        0             1
  none                                                       1             0
`, out.String())
}

func TestInventedAgentNamesDoNotFillTheMemory(t *testing.T) {
	totals := newTotals(noon)
	for i := range 3 * maxNames {
		totals.addVisit(visit{API: fakeapi.Scrunch, agent: agent{Name: fmt.Sprint("bot-", i), Purpose: agents.Other}})
	}
	totals.addVisit(visit{API: fakeapi.Scrunch, agent: agent{Name: "bot-0", Purpose: agents.Other}})
	byAgent := totals.summary(noon).ByAgent
	assert.Len(t, byAgent, maxNames+1)
	assert.Equal(t, agentTotal{agent{Name: "others", Purpose: agents.Other}, perAPI{Scrunch: 2 * maxNames}}, byAgent[0])
	assert.Equal(t, "bot-0", byAgent[1].Name)
	assert.Equal(t, 2, byAgent[1].Scrunch)
}
