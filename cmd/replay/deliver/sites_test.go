// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fakeapi"
)

// TestEachSiteOfALogGetsItsLinesWithAJournalOfItsOwn, as the page says it of several sites.
// With a journal of another site it gets nothing.
func TestEachSiteOfALogGetsItsLinesWithAJournalOfItsOwn(t *testing.T) {
	s := newSite(t, fakeapi.Settings{})
	const line = `%[1]s:443 192.0.2.7 - - [04/May/2026:00:00:00 +0000] "GET /of/%[1]s HTTP/1.1" 200 512 "-" "GPTBot/1.2"` + "\n"
	s.put("access.log", fmt.Sprintf(line, "www.a.example")+fmt.Sprintf(line, "shop.a.example"))
	arrived := 0
	for _, c := range []struct{ hosts, journal, path string }{
		{"{include: ['*.a.example'], exclude: [shop.a.example]}", "a", "/of/www.a.example"},
		{"{include: [shop.a.example]}", "a", ""},
		{"{include: [shop.a.example]}", "b", "/of/shop.a.example"},
	} {
		s.put("collector.yaml", fmt.Sprintf("exporters: {agent_visits: {endpoint: %q, known_agents: {access_token: x}, visits: {hosts: %s}}}", s.api.URL(), c.hosts))
		code, printed := s.run(t.Context(), "-journal", s.path(c.journal))
		assert.Zero(t, code, printed)
		visits := s.api.KnownAgentsVisits()
		if c.path != "" && assert.Len(t, visits, arrived+1) {
			assert.Equal(t, c.path, visits[arrived].RequestPath)
		}
		arrived = len(visits)
	}
	assert.Equal(t, 2, arrived)
}
