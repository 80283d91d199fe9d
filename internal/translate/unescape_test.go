// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package translate_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/agentvisits/agentvisitsexporter/internal/mapping"
	"github.com/agentvisits/agentvisitsexporter/internal/visit"
)

func TestCaddysTextsAreTakenAsTheyAre(t *testing.T) {
	const agent = `Bot/1.0 \x22`
	isCaddy := func(s mapping.source) bool { return s.name == "Caddy access log" }
	for id, want := range map[int]string{0: `Bot/1.0 "`, slices.IndexFunc(mapping.Sources, isCaddy): agent} {
		f := translate.facts{source: mapping.SourceID(id)}
		f.set(visit.UserAgent, 1, agent, 0)
		f.unescape()
		assert.Equal(t, want, f.text[visit.UserAgent], mapping.Sources[id].name)
	}
}
