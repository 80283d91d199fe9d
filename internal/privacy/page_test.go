// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package privacy

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

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

// TestThePrivacyPageSaysInWhichHeadersSecretsAreRedacted looks at each row of headers: what it
// says holds for each of them.
func TestThePrivacyPageSaysInWhichHeadersSecretsAreRedacted(t *testing.T) {
	section := fixture.Section(t, fixture.ReadFile(t, "docs/privacy.md"), "## Known Agents")
	headerOf := visit.RequestHeader
	rows := 0
	for line := range strings.Lines(section) {
		switch {
		case strings.HasPrefix(line, "| Headers of the request"):
			headerOf, rows = visit.RequestHeader, rows+1
		case strings.HasPrefix(line, "| Headers of the response"):
			headerOf, rows = visit.ResponseHeader, rows+1
		case rows > 0 && strings.HasPrefix(line, "| `"):
			names, says, _ := strings.Cut(line[2:], " | ")
			for name := range strings.SplitSeq(names, ", ") {
				name = strings.Trim(name, "`")
				assert.Equal(t, urlFields.Has(headerOf(name)), strings.Contains(says, "redacted"), name)
				rows++
			}
		}
	}
	assert.Greater(t, rows, len(visit.RequestHeaders))
}
