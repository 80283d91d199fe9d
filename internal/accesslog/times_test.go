// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package accesslog

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

// TestATimeBeforeALineWithoutOneCounts, unless it lacks the day or the year.
func TestATimeBeforeALineWithoutOneCounts(t *testing.T) {
	at := time.Date(2026, time.May, 4, 9, 15, 2, 0, time.UTC).UnixNano()
	for prefix, want := range map[string]int64{
		`2026-05-04 09:15:02 INFO app: `:                               at,
		`2026-05-04 09:15:02,000 INFO: `:                               at,
		`2026-05-04 09:15:02 app: `:                                    at,
		`2026-05-04T09:15:02Z web1 app[7]: `:                           at,
		`<134>1 2026-05-04T09:15:02Z web1 app 7 - - `:                  at,
		`<134>May  4 09:15:02 web1 app[7]: `:                           0,
		`<134>1 - web1 app 7 - - `:                                     0,
		`INFO: `:                                                       0,
		`web-1  | 2026-05-04T09:15:02Z stdout F `:                      at,
		`2026-05-04T09:15:02Z | 200 | 38.1ms | 203.0.113.9 | GET | /a`: at,
		`09:15:02 | 200 | 38.1ms | 203.0.113.9 | GET | /a`:             0,
	} {
		line := prefix
		if prefix[len(prefix)-1] == ' ' {
			line += `GET /a 200 38.1 ms - 512`
		}
		e, ok := read(line, time.UTC)
		assert.True(t, ok, line)
		assert.Equal(t, want, e.End, line)
	}
}
