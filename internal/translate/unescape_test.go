// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package translate_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
)

func TestCaddysTextsAreTakenAsTheyAre(t *testing.T) {
	for name, c := range map[string]struct{ key, agent, want string }{
		"nginx":                     {"", `Bot/1.0 \x22`, `Bot/1.0 "`},
		"nginx, at once":            {"", `\x22Bot/1.0`, `"Bot/1.0`},
		"a key that only Caddy has": {"request.proto", `Bot/1.0 \x22`, `Bot/1.0 \x22`},
	} {
		t.Run(name, func(t *testing.T) {
			record := fixture.NginxRecord()
			record.Attributes().PutStr("http_user_agent", c.agent)
			if c.key != "" {
				record.Attributes().PutStr(c.key, "HTTP/1.1")
			}
			assert.Equal(t, c.want, translateRecord(t, record).UserAgent)
		})
	}
}
