// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package delivery

import (
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
)

var (
	statusForm = regexp.MustCompile(`\b[1-5]\d\d\b`)
	classForm  = regexp.MustCompile(`\b([1-5])xx\b`)
)

// pausesOnThePage are the pauses that docs/delivery.md gives, by status, and by class with
// statuses below ten: 4 stands for all other 4xx, 0 for no answer.
func pausesOnThePage(t *testing.T) map[int]string {
	t.Helper()
	pauses := map[int]string{}
	for _, row := range fixture.TableRows(fixture.ReadFile(t, "docs/delivery.md")) {
		if strings.Contains(row[0], "web page") || !statusForm.MatchString(row[0]) && !classForm.MatchString(row[0]) {
			continue
		}
		own, _, _ := strings.Cut(strings.ReplaceAll(row[0], "503 with `Retry-After`", ""), "(a timeout")
		for _, status := range statusForm.FindAllString(own, -1) {
			code, _ := strconv.Atoi(status)
			require.Empty(t, pauses[code], "two rows name %d", code)
			pauses[code] = row[2]
		}
		for _, class := range classForm.FindAllStringSubmatch(own, -1) {
			pauses[int(class[1][0]-'0')] = row[2]
		}
		if strings.Contains(row[0], "no answer") {
			pauses[0] = row[2]
		}
	}
	return pauses
}

// TestThePagesTableOfAnswersIsTrue compares the pause of every status with the table.
func TestThePagesTableOfAnswersIsTrue(t *testing.T) {
	said := pausesOnThePage(t)
	require.Greater(t, len(said), 12)
	written := map[time.Duration]string{time.Minute: "1 minute", 10 * time.Second: "10 seconds", time.Second: "1 second, doubling to 10 seconds"}
	for status := range 600 {
		if status > 0 && status < 200 {
			continue
		}
		text, named := said[status]
		if !named {
			text, named = said[status/100]
		}
		require.True(t, named, status)
		a := answer{status: status}
		switch pause := a.pause(0); {
		case a.rule().outcome == delivered:
			assert.Empty(t, text, status)
		case pause == 0:
			assert.Contains(t, text, "as `retry_on_failure` says", status)
		default:
			assert.Contains(t, text, written[pause], status)
		}
	}
	assert.Contains(t, said[429], "As long as the API says, at most 15 minutes")
	assert.Equal(t, 15*time.Minute, MaxRetryAfter)
	assert.Equal(t, time.Hour, answer{status: 503, retryAfter: time.Hour}.pause(0))
	assert.Equal(t, time.Minute, answer{status: 200, isWebPage: true}.pause(0))
}

func TestJitterIsWhatThePageSays(t *testing.T) {
	fixture.AssertMentions(t, fixture.ReadFile(t, "docs/delivery.md"), "up to a fifth is added at random", "say how long pauses are")
	for _, pause := range []time.Duration{time.Second, 10 * time.Second, time.Minute, MaxRetryAfter} {
		for range 1000 {
			assert.GreaterOrEqual(t, jitter(pause), pause)
			assert.LessOrEqual(t, jitter(pause), pause*6/5)
		}
	}
}
