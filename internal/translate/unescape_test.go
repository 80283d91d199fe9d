// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package translate_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
)

func TestCaddysTextsAreTakenAsTheyAre(t *testing.T) {
	for name, c := range map[string]struct{ key, want string }{
		"nginx":                 {"", `Bot/1.0 "`},
		"a key that Caddy uses": {"request.proto", `Bot/1.0 \x22`},
	} {
		t.Run(name, func(t *testing.T) {
			record := fixture.NginxRecord()
			record.Attributes().PutStr("http_user_agent", `Bot/1.0 \x22`)
			if c.key != "" {
				record.Attributes().PutStr(c.key, "HTTP/1.1")
			}
			assert.Equal(t, c.want, translateRecord(t, record).UserAgent)
		})
	}
}
