// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agents

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestEveryListedAgentIsFoundByItsWholeToken(t *testing.T) {
	for _, a := range List {
		t.Run(a.Name, func(t *testing.T) {
			found, ok := Known.Find("Mozilla/5.0 (compatible; " + strings.ToUpper(a.Name) + "/1.0; +https://example.com)")
			assert.True(t, ok)
			assert.Equal(t, a, found)
			_, ok = Known.Find("Not" + a.Name + "-x/1.0")
			assert.False(t, ok)
			assert.NotEmpty(t, a.Operator)
			assert.NotEmpty(t, a.Purpose)
			assert.True(t, IsToken(a.Name))
			assert.LessOrEqual(t, len(a.Name), 28, "the width of the preview's column")
		})
	}
}

func TestTheListNamesEachAgentOnceAndHasAValidDate(t *testing.T) {
	assert.Len(t, Known.byToken, len(List))
	_, err := time.Parse(time.DateOnly, Date)
	require.NoError(t, err)
}

func TestAgentsCanBeAddedByTheirToken(t *testing.T) {
	a, ok := With("OurBot").Find("ourbot/2.0")
	assert.True(t, ok)
	assert.Equal(t, "OurBot", a.Name)
	for _, userAgent := range []string{"", "ourbot2", strings.Repeat("x", 100) + "/1 curl", "Mozilla/5.0 (X11) Chrome/126 Safari/5"} {
		_, ok = With("OurBot").Find(userAgent)
		assert.False(t, ok, userAgent)
	}
	assert.False(t, IsToken("Our Bot"))
	assert.False(t, IsToken(""))
}

func TestVisitorsSentByAnAssistantAreRecognised(t *testing.T) {
	for _, row := range []struct{ referer, query, want string }{
		{"https://chatgpt.com/", "", "ChatGPT"},
		{"https://chatgpt.com", "", "ChatGPT"},
		{"https://www.perplexity.ai/search?q=x", "", "Perplexity"},
		{"https://example.org/", "x=1&utm_source=chatgpt.com&y", "ChatGPT"},
		{"https://chatgpt.com.example.org/", "", ""},
		{"", "utm_source=newsletter", ""},
		{"chatgpt.com", "", ""},
	} {
		t.Run(row.referer+" "+row.query, func(t *testing.T) {
			assert.Equal(t, row.want, ReferredBy(row.referer, row.query))
		})
	}
}

func TestFindAllocatesNothing(t *testing.T) {
	const userAgent = "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; +https://openai.com/gptbot)"
	assert.Zero(t, testing.AllocsPerRun(100, func() { Known.Find(userAgent) }))
}
