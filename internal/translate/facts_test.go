// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package translate_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/translation"
	"github.com/agentvisits/agentvisitsexporter/internal/translate"
	"github.com/agentvisits/agentvisitsexporter/internal/visit"
)

func TestMarksOfAbsenceAreNoValues(t *testing.T) {
	for _, mark := range []string{"", "-", "null", "(null)", "<nil>", "unknown", "REDACTED", "Redacted", "[REDACTED]"} {
		t.Run(mark, func(t *testing.T) {
			v, _ := translation.Span(translate.Config{}, map[string]any{"user_agent.original": mark, "http.user_agent": "second-best"})
			assert.Equal(t, "second-best", v.UserAgent)
		})
	}
}

func TestTheBestKeyGivesTheValueWhateverTheOrder(t *testing.T) {
	tr := translation.New(translate.Config{Attributes: map[string][]string{"user_agent": {"best", "good"}}})
	for name, c := range map[string]struct {
		keys []string
		want string
	}{
		"the best key first":                {[]string{"best", "good", "user_agent.original", "http.user_agent"}, "best"},
		"the best key last":                 {[]string{"http.user_agent", "user_agent.original", "good", "best"}, "best"},
		"a user's key before the built-in":  {[]string{"user_agent.original", "good"}, "good"},
		"the better one of two built-in":    {[]string{"http.user_agent", "user_agent.original"}, "user_agent.original"},
		"the better one of two in any case": {[]string{"user_agent.original", "http.user_agent"}, "user_agent.original"},
	} {
		t.Run(name, func(t *testing.T) {
			record := requestRecord(t, nil)
			for _, key := range c.keys {
				record.Attributes().PutStr(key, key)
			}
			v, skip := tr.LogRecord(record)
			require.Equal(t, visit.NotSkipped, skip)
			assert.Equal(t, c.want, v.Text[visit.UserAgent])
		})
	}
}

func TestTheStatusOfAnOriginCountsOnlyWithoutAnother(t *testing.T) {
	for text, want := range map[string]int{
		`"OriginStatus":502,"DownstreamStatus":200`: 200, `"OriginStatus":502,"status":404`: 404, `"OriginStatus":502`: 502,
	} {
		v, skip := translateText(`{"method":"GET","path":"/a",` + text + `}`)
		require.Equal(t, visit.NotSkipped, skip, text)
		assert.Equal(t, want, v.Status, text)
	}
}
