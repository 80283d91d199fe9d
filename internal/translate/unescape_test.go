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
		"a key that only Caddy has": {"request.remote_port", `Bot/1.0 \x22`, `Bot/1.0 \x22`},
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

// Logstash's pattern COMBINEDAPACHELOG keeps the quotation marks of a line.
func TestAMarkOfAbsenceInQuotationMarksIsNoText(t *testing.T) {
	for _, absent := range []string{`"-"`, `""`, `"null"`} {
		record := fixture.NginxRecord()
		record.Attributes().PutStr("http_user_agent", absent)
		record.Attributes().PutStr("http_referer", absent)
		v := translateRecord(t, record)
		assert.Empty(t, v.UserAgent, absent)
		assert.Empty(t, v.Referer, absent)
	}
}

// CloudFront writes %20 for the space in "text/html; charset=utf-8".
func TestContentTypesOfLogsThatEscapeSpacesAreDecoded(t *testing.T) {
	for name, c := range map[string]struct{ sign, logged, want string }{
		"CloudFront":                     {"x-edge-location", "text/html;%20charset=utf-8", "text/html; charset=utf-8"},
		"CloudFront, nothing to decode":  {"x-edge-location", "image/svg+xml", "image/svg+xml"},
		"IIS, where a plus can be meant": {"s-sitename", "image/svg+xml", "image/svg+xml"},
		"others, as it is":               {"server_name", "text/html;%20charset=utf-8", "text/html;%20charset=utf-8"},
	} {
		t.Run(name, func(t *testing.T) {
			record := fixture.NginxRecord()
			record.Attributes().Remove("sent_http_content_type")
			record.Attributes().PutStr(c.sign, "x")
			record.Attributes().PutStr("sc-content-type", c.logged)
			assert.Equal(t, c.want, translateRecord(t, record).ContentType)
		})
	}
}

// Akamai's documents show user agents that are encoded as in forms. Other logs of its kind
// encode blanks and little else.
func TestUserAgentsInPercentCodeAreDecodedByTheirForm(t *testing.T) {
	for logged, want := range map[string]string{
		"Bot/1.0%20(+https://bot.example/)":               "Bot/1.0 (+https://bot.example/)",
		"Bot%2F1.0+%28%2Bhttps%3A%2F%2Fbot.example%2F%29": "Bot/1.0 (+https://bot.example/)",
		"Bot%2F1.0%20%28+https%3A%2F%2Fbot.example%29":    "Bot/1.0 (+https://bot.example)",
		"lib/1+c%2Fd": "lib/1+c/d",
		"Bot+1":       "Bot+1",
	} {
		t.Run(logged, func(t *testing.T) {
			record := fixture.NginxRecord()
			record.Attributes().Remove("http_user_agent")
			record.Attributes().PutStr("cliIP", "203.0.113.7")
			record.Attributes().PutStr("UA", logged)
			assert.Equal(t, want, translateRecord(t, record).UserAgent)
		})
	}
}
