// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestCaddysTextsAreTakenAsTheyAre(t *testing.T) {
	const agent = `Bot/1.0 \x22`
	isCaddy := func(s source) bool { return s.name == "Caddy access log" }
	for id, want := range map[int]string{0: `Bot/1.0 "`, slices.IndexFunc(sources, isCaddy): agent} {
		f := facts{source: sourceID(id)}
		f.set(userAgent, 1, agent, 0)
		f.unescape()
		assert.Equal(t, want, f.text[userAgent], sources[id].name)
	}
}
