// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package report

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
)

func TestEachRemedyNamesTheServersThatCanRecordThePart(t *testing.T) {
	page := fixture.ReadFile(t, "docs/access-logs.md")
	for i := range parts {
		p := &parts[i]
		for server, name := range map[string]string{"with nginx ": p.nginx, "with Apache ": p.apache} {
			require.NotEmpty(t, name, p.name)
			assert.Contains(t, p.remedy(), server+name, p.name)
		}
		if p.iis == "" {
			assert.Equal(t, "content type", p.name, "what no field of IIS is")
			continue
		}
		assert.Contains(t, p.remedy(), "with IIS "+p.iis, p.name)
	}
	for _, server := range []string{"nginx", "Apache", "IIS", "Caddy", "Traefik"} {
		assert.Contains(t, page, "\n## "+server+"\n", "the page that the report names must have it")
	}
}

func TestTheReportSaysWhereToReadForOtherServers(t *testing.T) {
	var text, html bytes.Buffer
	r := reportOf(week())
	require.NotEmpty(t, r.Lacks)
	require.NoError(t, r.WriteText(&text, TextSettings{}))
	require.NoError(t, r.WriteHTML(&html))
	for form, written := range map[string]string{"text": text.String(), "page": html.String()} {
		assert.Regexp(t, `docs/access-logs\.md\s+has\s+the\s+whole\s+format`, written, form)
		assert.Contains(t, written, "Caddy", form)
	}
}
