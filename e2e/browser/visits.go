// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"math/rand/v2"
	"time"
)

// Visit is a request to a website, which both APIs get.
type Visit struct {
	Time                            time.Time
	Site, Path, Query               string
	UserAgent, Referer, SignedAgent string
	Status, Milliseconds            int
}

func (v *Visit) target() string {
	if v.Query == "" {
		return v.Path
	}
	return v.Path + "?" + v.Query
}

func (v *Visit) knownAgents() map[string]any {
	headers := map[string]string{"user-agent": v.UserAgent, "x-forwarded-for": "203.0.113.7"}
	if v.Referer != "" {
		headers["referer"] = v.Referer
	}
	if v.SignedAgent != "" {
		headers["signature-agent"] = v.SignedAgent
	}
	return map[string]any{
		"request_path": v.target(), "request_method": "GET", "request_headers": headers, "response_status_code": v.Status,
		"response_headers": map[string]string{"content-type": "text/html"}, "response_duration_in_milliseconds": v.Milliseconds,
		"created": v.Time.UTC().Format("2006-01-02T15:04:05.000Z"),
	}
}

func (v *Visit) scrunch() map[string]any {
	return map[string]any{
		"domain": v.Site, "user_agent": v.UserAgent, "url": "https://" + v.Site + v.target(), "path": v.Path, "method": "GET",
		"status_code": v.Status, "timestamp": float64(v.Time.UnixMilli()) / 1000, "response_time": v.Milliseconds, "ip": "203.0.113.7",
	}
}

// User agents of visitors.
const (
	ChatGPTUser = "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; ChatGPT-User/1.0; +https://openai.com/bot)"
	GPTBot      = "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; +https://openai.com/gptbot)"
	Person      = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36"
)

// visitor is somebody who comes again and again.
type visitor struct {
	share                           int // of all visits
	userAgent, referer, query, sign string
}

var visitors = []visitor{
	{16, ChatGPTUser, "", "", ""},
	{14, GPTBot, "", "", ""},
	{6, "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; OAI-SearchBot/1.0; +https://openai.com/searchbot)", "", "", ""},
	{9, "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; ClaudeBot/1.0; +claudebot@anthropic.com)", "", "", ""},
	{6, "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; Claude-User/1.0; +Claude-User@anthropic.com)", "", "", ""},
	{5, "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; Perplexity-User/1.0; +https://perplexity.ai/perplexity-user)", "", "", ""},
	{6, "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)", "", "", ""},
	{4, "CCBot/2.0 (https://commoncrawl.org/faq/)", "", "", ""},
	{2, Person, "", "", `"https://chatgpt.com"`},
	{3, "curl/8.5.0", "", "", ""},
	{5, Person, "https://chatgpt.com/", "", ""},
	{3, Person, "", "utm_source=chatgpt.com", ""},
	{2, Person, "https://www.perplexity.ai/", "", ""},
	{19, Person, "", "", ""},
}

// pages are what is read, the most frequent first. The last but one is gone, and the last
// fails.
var pages = []string{
	"/", "/pricing", "/guides/llamas", "/guides/alpacas", "/docs/getting-started", "/blog/shearing-season", "/guides/feeding-through-the-winter",
	"/about", "/pricing/old-plans", "/search",
}

// Week is n visits of the week before a moment, the oldest first: of agents, crawlers and
// people, to two sites. It is the same each time.
func Week(n int, until time.Time) []Visit {
	random := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // these are no secrets
	var chosen []visitor
	for _, v := range visitors {
		for range v.share {
			chosen = append(chosen, v)
		}
	}
	all := make([]Visit, n)
	for i := range all {
		who, page := chosen[random.IntN(len(chosen))], random.IntN(1+random.IntN(len(pages)))
		v := Visit{
			Time: until.Add(-7 * 24 * time.Hour * time.Duration(n-i) / time.Duration(n)), Site: "www.example.com", Path: pages[page], Query: who.query,
			UserAgent: who.userAgent, Referer: who.referer, SignedAgent: who.sign, Status: 200, Milliseconds: 12 + random.IntN(90),
		}
		switch {
		case page == len(pages)-2:
			v.Status = 404
		case page == len(pages)-1 && random.IntN(2) == 0:
			v.Status, v.Milliseconds = 503, 4000
		case page == 5 || page == 7:
			v.Site = "blog.example.com"
		}
		all[i] = v
	}
	return all
}
