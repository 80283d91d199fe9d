// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agents

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// taken is what a tally counted, such as "GPTBot 2xx": 3.
func taken(t *Tally) map[string]int64 {
	counts := map[string]int64{}
	t.Take(func(v Visitor, class int, visits int64) {
		counts[t.set.Agent(v).Name+" "+StatusClasses[class]] += visits
	})
	return counts
}

func TestVisitsAreCountedByAgentAndStatusClass(t *testing.T) {
	tally := NewTally(With("OurBot"))
	for _, v := range []struct {
		userAgent, signature string
		status               int
	}{
		{"GPTBot/1.2", "", 200},
		{"GPTBot/1.2", "", 299},
		{"GPTBot/1.1", "", 204},
		{"GPTBot/1.2", "", 404},
		{"ourbot", "", 503},
		{chrome, "", 301},
		{chrome, `"https://chatgpt.com"`, 200},
		{"curl/8", "", 0},
		{"", "", 600},
		{"", "", -1},
	} {
		tally.Add(&Headers{UserAgent: v.userAgent, SignatureAgent: v.signature}, v.status)
	}
	assert.Equal(t, map[string]int64{
		"GPTBot 2xx": 3, "GPTBot 4xx": 1, "OurBot 5xx": 1, "browser 3xx": 1, "ChatGPT Agent 2xx": 1, "other none": 1, "none none": 2,
	}, taken(tally))
	assert.Empty(t, taken(tally), "each visit is taken once")
	tally.Add(&Headers{UserAgent: "GPTBot/1.2"}, 200)
	assert.Equal(t, map[string]int64{"GPTBot 2xx": 1}, taken(tally))
}

// TestManyUserAgentsAreToldApart: more than the tally remembers.
func TestManyUserAgentsAreToldApart(t *testing.T) {
	tally := NewTally(Known)
	for i := range 3000 {
		tally.Add(&Headers{UserAgent: fmt.Sprintf("%s/%d", []string{"GPTBot", "curl", "ClaudeBot"}[i%3], i)}, 200)
	}
	assert.Equal(t, map[string]int64{"GPTBot 2xx": 1000, "other 2xx": 1000, "ClaudeBot 2xx": 1000}, taken(tally))
}

func TestFindingAndCountingAllocateNothing(t *testing.T) {
	const crawler = "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; +https://openai.com/gptbot)"
	tally, add := NewTally(Known), func(Visitor, int, int64) {}
	for _, userAgent := range []string{crawler, chrome, "Kangaroo Bot/1.0", strings.Repeat("Code/1 ", 100)} {
		assert.Zero(t, testing.AllocsPerRun(100, func() { Known.Find(userAgent) }), userAgent)
		assert.Zero(t, testing.AllocsPerRun(100, func() { Known.Identify(&Headers{UserAgent: userAgent}) }), userAgent)
		tally.Add(&Headers{UserAgent: userAgent}, 200) // makes room for one more
		assert.Zero(t, testing.AllocsPerRun(100, func() {
			tally.Add(&Headers{UserAgent: userAgent, SignatureAgent: `"https://agent.example"`, SignatureInput: `sig1=("@authority");tag="web-bot-auth"`}, 200)
			tally.Take(add)
		}), userAgent)
	}
}

// setOf is a set of that many agents: those of the list, and others with names like
// theirs.
func setOf(agents int) *Set {
	entries := append([]Entry{}, List[:min(agents, len(List))]...)
	for i := len(entries); i < agents; i++ {
		entries = append(entries, Entry{Agent: Agent{Name: fmt.Sprintf("%.3s-%dBot", List[i%len(List)].Name, i), Purpose: Other}})
	}
	return newSet(entries)
}

// BenchmarkFind shows what a user agent costs with few and with many agents.
func BenchmarkFind(b *testing.B) {
	browsers := browserTexts()
	for _, agents := range []int{54, 200, 2000} {
		set := setOf(agents)
		for name, texts := range map[string][]string{
			"browsers": browsers,
			"crawler":  {"Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; +https://openai.com/gptbot)"},
			"hostile":  {strings.Repeat("Code/1 ", 1000)},
		} {
			b.Run(fmt.Sprintf("%s/%d", name, agents), func(b *testing.B) {
				b.ReportAllocs()
				for i := 0; b.Loop(); i++ {
					set.Find(texts[i%len(texts)])
				}
			})
		}
	}
}

// BenchmarkTally shows what the metric by agent costs each visit: with user agents that
// come again, and with one that never came.
func BenchmarkTally(b *testing.B) {
	for name, texts := range map[string][]string{"known": browserTexts()[:50], "new": browserTexts()} {
		b.Run(name, func(b *testing.B) {
			tally := NewTally(Known)
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				tally.Add(&Headers{UserAgent: texts[i%len(texts)]}, 200)
			}
		})
	}
}
