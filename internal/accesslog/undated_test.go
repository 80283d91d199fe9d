// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package accesslog

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

func TestALineWithoutADateNeedsTheClientsPortAndAnAnswerThatGoesOn(t *testing.T) {
	for line, client := range map[string]string{
		`INFO:     198.51.100.44:6012 - "GET /a HTTP/1.1" 404 Not Found`:     "198.51.100.44:6012",
		`INFO:     2001:db8::44:60123 - "GET /a HTTP/1.1" 200 OK`:            "[2001:db8::44]:60123",
		`INFO:     2001:db8::44:6012 - "GET /a HTTP/1.1" 200 OK`:             "[2001:db8::44]:6012",
		`INFO:     [2001:db8::44]:6012 - "GET /a HTTP/1.1" 200 OK`:           "[2001:db8::44]:6012",
		`INFO:     198.51.100.44 - "GET /a HTTP/1.1" 200 OK`:                 "",
		`INFO:     2001:db8::fe - "GET /a HTTP/1.1" 200 OK`:                  "",
		`INFO:     2001:db8:99999:6012 - "GET /a HTTP/1.1" 200 OK`:           "",
		`198.51.100.44:6012 - "GET /a HTTP/1.1" 200`:                         "",
		`2026-05-04 09:15:02 2001:db8::44 - "GET /a HTTP/1.1" 200 5 "-" "x"`: "2001:db8::44",
	} {
		t.Run(line, func(t *testing.T) {
			var e Entry
			isRead := e.Read(line, time.UTC)
			assert.Equal(t, client != "", isRead)
			if isRead {
				assert.Equal(t, client, e.Client)
			}
		})
	}
}
