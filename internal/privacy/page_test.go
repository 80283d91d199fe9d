// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package privacy

import (
	"testing"

	"github.com/agentvisits/agentvisitsexporter/internal/destination"
	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
	"github.com/agentvisits/agentvisitsexporter/internal/visit"
)

func TestThePrivacyPageNamesEveryFieldThatLeaves(t *testing.T) {
	page := fixture.ReadFile(t, "docs/privacy.md")
	vendors := map[string]*destination.Destination{"## Known Agents": destination.KnownAgents(&destination.KnownAgentsConfig{}, nil, nil), "## Scrunch": destination.Scrunch(&destination.ScrunchConfig{})}
	for heading, d := range vendors {
		for _, name := range d.Fields {
			fixture.AssertMentions(t, fixture.Section(t, page, heading), "`"+name+"`", "docs/privacy.md must say what leaves")
		}
	}
	for _, name := range append(visit.RequestHeaders[:], visit.ResponseHeaders[:]...) {
		fixture.AssertMentions(t, fixture.Section(t, page, "## Known Agents"), "`"+name+"`", "docs/privacy.md must say what leaves")
	}
	for _, mode := range append(append(whoModes, ClientIPModes...), visit.SkipReasons[visit.SkipWho]) {
		fixture.AssertMentions(t, page, "`"+mode+"`", "docs/privacy.md must explain the choice")
	}
}
