// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"math/rand/v2"
	"time"
)

const host = "www.example.com"

// visitors make random requests, which are the same in each run.
type visitors struct {
	random *rand.Rand
	ids    uint64
}

func newVisitors() *visitors {
	return &visitors{random: rand.New(rand.NewPCG(1, 1))} //nolint:gosec // the values must be the same in each run
}

// request is a visitor's request and its response.
type request struct {
	userAgent, address, path, query, referer string
	status, size                             int
}

var (
	userAgents = []string{
		"Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; +https://openai.com/gptbot)",
		"Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko); compatible; ChatGPT-User/1.0; +https://openai.com/bot",
		"Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; ClaudeBot/1.0; +claudebot@anthropic.com)",
		"Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; PerplexityBot/1.0; +https://perplexity.ai/perplexitybot)",
		"Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
		"CCBot/2.0 (https://commoncrawl.org/faq/)",
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
		"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15",
		"Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1",
	}
	paths    = []string{"/guides/llamas-%d", "/products/%d", "/blog/2026/05/how-to-feed-a-llama-%d", "/docs/api/v2/reference-%d.html", "/%d"}
	queries  = []string{"", "", "", "utm_source=chatgpt.com", "page=2&sort=price", "q=llama+food&lang=en&ref=home"}
	referers = []string{"https://chatgpt.com/", "https://www.perplexity.ai/search", "https://www.google.com/", "https://www.example.com/guides"}
	statuses = []int{200, 200, 200, 200, 200, 200, 304, 404}
)

func (v *visitors) request() request {
	return request{
		userAgent: pick(v, userAgents), address: fmt.Sprintf("203.0.113.%d", v.number(256)), query: pick(v, queries),
		path: fmt.Sprintf(pick(v, paths), v.number(100_000)), referer: pick(v, referers), status: pick(v, statuses), size: v.number(100_000),
	}
}

// pick returns a random option.
func pick[T any](v *visitors, options []T) T { return options[v.random.IntN(len(options))] }

func (v *visitors) number(below int) int { return v.random.IntN(below) }

func (v *visitors) time() time.Time {
	return begin.Add(time.Duration(v.number(86_400_000)) * time.Millisecond)
}

func (v *visitors) duration() time.Duration {
	return time.Duration(v.number(500_000)+1_000) * time.Microsecond
}
