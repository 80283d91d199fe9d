// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package report

import (
	"bytes"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agentvisits/agentvisitsexporter/internal/agents"
)

func TestAnAgentThatOnlyItsSignatureTellsIsClaimed(t *testing.T) {
	c := NewCounter(time.UTC)
	c.Add(&Request{Path: "/", Headers: agents.Headers{UserAgent: browserAgent, SignatureAgent: `"https://chatgpt.com"`}})
	c.Add(&Request{Path: "/", Headers: agents.Headers{UserAgent: gptBot, SignatureAgent: `"https://chatgpt.com"`}})
	c.Add(&Request{Path: "/", Headers: agents.Headers{UserAgent: browserAgent, SignatureAgent: `"https://signer.example"`}})
	r := c.Report(placeOf)
	require.Len(t, r.Agents, 2)
	assert.Equal(t, []string{"ChatGPT Agent (claimed)", "GPTBot"}, []string{r.Agents[0].Label(), r.Agents[1].Label()})
	require.Len(t, r.Classes, 1)
	assert.Equal(t, agents.Other, r.Classes[0].Label(), "an unknown signer is no browser")
	both := Agent{Sum: Sum{Name: "A", Visits: 2}, Claimed: 1}
	assert.Equal(t, "A (partly claimed)", both.Label())
	var text bytes.Buffer
	require.NoError(t, r.WriteText(&text, TextSettings{}))
	assert.Contains(t, text.String(), "ChatGPT Agent (claimed)")
	assert.Contains(t, text.String(), "\n3 visits, 2 of them by known agents", "a report of no files names none")
}

func TestPeopleWhoArriveOnAPageThatFailsAreTold(t *testing.T) {
	c := NewCounter(time.UTC)
	for range 3 {
		c.Add(&Request{Path: "/gone", Headers: agents.Headers{UserAgent: browserAgent}, Referer: "https://chatgpt.com/", Status: 404})
	}
	c.Add(&Request{Path: "/page", Headers: agents.Headers{UserAgent: browserAgent}, Referer: "https://chatgpt.com/", Status: 200})
	r := c.Report(placeOf)
	assert.Equal(t, []PageCount{{"/gone", 3, 3}, {"/page", 1, 0}}, r.SentBy[0].Pages)
	var text bytes.Buffer
	require.NoError(t, r.WriteText(&text, TextSettings{}))
	assert.Contains(t, text.String(), " 3  /gone  (3 failed)\n")
}

func TestABriefReportTellsWhoCameAndWhomAssistantsSent(t *testing.T) {
	var text bytes.Buffer
	require.NoError(t, reportOf(week()).WriteText(&text, TextSettings{Brief: true}))
	for title, told := range map[string]bool{"Who came": true, "People sent by AI assistants": true, "lines in": false, "By purpose": false, "Errors that agents met": false} {
		assert.Equal(t, told, bytes.Contains(text.Bytes(), []byte(title)), title)
	}
}
