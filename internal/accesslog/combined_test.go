// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package accesslog

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

func TestALineThatIsCutWithinItsLastFieldIsNotRead(t *testing.T) {
	const whole = `203.0.113.6 - - [22/Nov/2026:09:50:01 +0000] "GET /p HTTP/1.1" 200 612 "-" "Bot/1" "198.51.100.7, 10.0.0.1"`
	_, ok := Read(whole, time.UTC)
	assert.True(t, ok)
	start := strings.LastIndex(whole, ` "`) + 2
	for end := start; end < len(whole); end++ {
		_, ok := Read(whole[:end], time.UTC)
		assert.False(t, ok, whole[:end])
	}
}
