// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package main

import "net/http"

// site is the host name of one of the two websites.
type site string

const (
	www  site = "www.example.com"  // reports each request as a span
	blog site = "blog.example.com" // writes each request to an access log
)

// actor is somebody who visits the websites.
type actor struct {
	name      string    // for error messages; the APIs classify by userAgent
	userAgent string    // not sent if empty
	address   string    // sent in X-Forwarded-For; from a range that is reserved for documentation
	referer   string    // not sent if empty
	requests  []request // in this order
}

// request is an HTTP request to a site.
type request struct {
	site   site
	method string
	target string // path and query
}

// get and post keep the table below short.
func (s site) get(target string) request  { return request{s, http.MethodGet, target} }
func (s site) post(target string) request { return request{s, http.MethodPost, target} }

// notVisits maps each path that is not a page to the reason with which the exporter
// counts the skipped request.
var notVisits = map[string]string{
	"/style.css": "static_asset",
	"/logo.png":  "static_asset",
	"/healthz":   "health_check",
}

const (
	chrome = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36"
	safari = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15"
	phone  = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1"
)

// actors are all visitors of the demo. The agents' operators publish these user agents.
var actors = []actor{
	// Crawlers that collect pages to train models.
	{
		name: "GPTBot", address: "192.0.2.10",
		userAgent: "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.3; +https://openai.com/gptbot)",
		requests: []request{
			www.get("/robots.txt"), blog.get("/robots.txt"), www.get("/"), blog.get("/posts/what-is-a-visit"),
			www.get("/products/7"), www.get("/docs/getting-started"),
		},
	},
	{
		name: "ClaudeBot", address: "192.0.2.20",
		userAgent: "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; ClaudeBot/1.0; +claudebot@anthropic.com)",
		requests: []request{
			blog.get("/"), www.get("/robots.txt"), www.get("/llms.txt"), blog.get("/posts/reading-server-logs"),
			www.get("/docs/getting-started"), www.get("/docs/configuration"),
		},
	},
	{
		name: "CCBot", address: "192.0.2.30",
		userAgent: "CCBot/2.0 (https://commoncrawl.org/faq/)",
		requests:  []request{www.get("/robots.txt"), blog.get("/robots.txt"), www.get("/"), blog.get("/")},
	},
	{
		name: "Bytespider", address: "192.0.2.40",
		userAgent: "Mozilla/5.0 (Linux; Android 5.0) AppleWebKit/537.36 (KHTML, like Gecko) Mobile Safari/537.36 (compatible; Bytespider; spider-feedback@bytedance.com)",
		requests:  []request{www.get("/products/7"), www.get("/products/8"), www.get("/no-such-page"), blog.get("/posts/what-is-a-visit")},
	},
	{
		name: "meta-externalagent", address: "2001:db8:40::1",
		userAgent: "meta-externalagent/1.1 (+https://developers.facebook.com/docs/sharing/webmasters/crawler)",
		requests:  []request{blog.get("/posts/agents-that-shop"), www.get("/"), www.get("/pricing")},
	},
	{
		name: "Amazonbot", address: "192.0.2.50",
		userAgent: "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/600.2.5 (KHTML, like Gecko) Version/8.0.2 Safari/600.2.5 (Amazonbot/0.1; +https://developer.amazon.com/support/amazonbot)",
		requests:  []request{www.get("/robots.txt"), www.get("/products/9"), blog.get("/posts/agents-that-shop")},
	},
	// Crawlers that index pages for a search engine or an assistant.
	{
		name: "OAI-SearchBot", address: "192.0.2.60",
		userAgent: "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36; compatible; OAI-SearchBot/1.3; +https://openai.com/searchbot",
		requests:  []request{www.get("/robots.txt"), www.get("/sitemap.xml"), www.get("/pricing"), blog.get("/feed.xml")},
	},
	{
		name: "PerplexityBot", address: "192.0.2.70",
		userAgent: "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; PerplexityBot/1.0; +https://perplexity.ai/perplexitybot)",
		requests:  []request{blog.get("/posts/reading-server-logs"), www.get("/"), www.get("/docs/configuration")},
	},
	{
		name: "Googlebot", address: "198.51.100.10",
		userAgent: "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
		requests: []request{
			www.get("/robots.txt"), blog.get("/"), www.get("/sitemap.xml"), blog.get("/feed.xml"),
			www.get("/pricing"), www.get("/old-pricing"),
		},
	},
	{
		name: "Google-CloudVertexBot", address: "198.51.100.20",
		userAgent: "Mozilla/5.0 (compatible; Google-CloudVertexBot; +https://cloud.google.com/enterprise-search)",
		requests:  []request{blog.get("/posts/what-is-a-visit"), www.get("/docs/getting-started")},
	},
	{
		name: "bingbot", address: "198.51.100.30",
		userAgent: "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm) Chrome/116.0.1938.76 Safari/537.36",
		requests:  []request{www.get("/"), www.get("/sitemap.xml"), www.get("/broken"), blog.get("/posts/agents-that-shop")},
	},
	{
		name: "Applebot", address: "198.51.100.40",
		userAgent: "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Safari/605.1.15 (Applebot/0.1; +http://www.apple.com/go/applebot)",
		requests:  []request{www.get("/"), www.get("/products/7"), blog.get("/")},
	},
	// Assistants that fetch a page because a person has just asked something.
	{
		name: "ChatGPT-User", address: "203.0.113.10",
		userAgent: "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko); compatible; ChatGPT-User/1.0; +https://openai.com/bot",
		requests: []request{
			blog.get("/posts/what-is-a-visit"), www.get("/pricing"), www.get("/old-pricing"),
			blog.get("/posts/no-longer-here"), www.get("/products/7"),
		},
	},
	{
		name: "Claude-User", address: "203.0.113.20",
		userAgent: "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; Claude-User/1.0; +Claude-User@anthropic.com)",
		requests:  []request{www.get("/llms.txt"), www.get("/docs/configuration"), blog.get("/posts/reading-server-logs")},
	},
	{
		name: "Perplexity-User", address: "2001:db8:70::7",
		userAgent: "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; Perplexity-User/1.0; +https://perplexity.ai/perplexity-user)",
		requests:  []request{www.get("/pricing"), www.get("/products/9"), blog.get("/posts/agents-that-shop")},
	},
	{
		name: "MistralAI-User", address: "203.0.113.30",
		userAgent: "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; MistralAI-User/1.0; +https://docs.mistral.ai/robots)",
		requests:  []request{blog.get("/posts/what-is-a-visit"), www.get("/docs/getting-started")},
	},
	{
		name: "DuckAssistBot", address: "203.0.113.40",
		userAgent: "DuckAssistBot/1.2; (+http://duckduckgo.com/duckassistbot.html)",
		requests:  []request{www.get("/pricing"), blog.get("/posts/reading-server-logs")},
	},
	// People who followed a link in an assistant's answer. The referer and utm_source
	// show where they came from, so both must reach the APIs.
	{
		name: "person from ChatGPT", address: "203.0.113.50", userAgent: chrome, referer: "https://chatgpt.com/",
		requests: []request{
			www.get("/pricing?utm_source=chatgpt.com"), www.get("/style.css"), www.get("/logo.png"), www.post("/api/contact"),
		},
	},
	{
		name: "person from Perplexity", address: "203.0.113.60", userAgent: safari, referer: "https://www.perplexity.ai/",
		requests: []request{www.get("/products/7?utm_source=perplexity"), www.get("/style.css"), blog.get("/?utm_source=perplexity"), blog.get("/style.css")},
	},
	{
		name: "person from Claude", address: "2001:db8:90::9", userAgent: safari, referer: "https://claude.ai/",
		requests: []request{www.get("/docs/configuration?utm_source=claude.ai"), www.get("/style.css")},
	},
	{
		name: "person from Gemini", address: "203.0.113.70", userAgent: phone, referer: "https://gemini.google.com/",
		requests: []request{blog.get("/posts/what-is-a-visit?utm_source=gemini"), blog.get("/style.css")},
	},
	{
		name: "person from Copilot", address: "203.0.113.80", userAgent: chrome, referer: "https://copilot.microsoft.com/",
		requests: []request{www.get("/?utm_source=copilot.microsoft.com"), www.get("/logo.png"), blog.get("/posts/agents-that-shop")},
	},
	// People who did not come from an assistant.
	{
		name: "customer", address: "203.0.113.90", userAgent: phone, referer: "https://www.google.com/",
		requests: []request{
			www.get("/"), www.get("/style.css"), www.get("/logo.png"),
			// The exporter redacts the secret in the query before the visit is queued.
			www.get("/account?token=not-for-others"),
			blog.get("/"), blog.get("/style.css"),
		},
	},
	// Our own health checks, and a client without a user agent. Known Agents takes a
	// visit without a user agent; Scrunch does not.
	{
		name: "kube-probe", address: "192.0.2.99", userAgent: "kube-probe/1.33",
		requests: []request{www.get("/healthz"), blog.get("/healthz"), www.get("/healthz"), blog.get("/healthz")},
	},
	{
		name: "nameless client", address: "192.0.2.98",
		requests: []request{www.get("/products/7"), blog.get("/")},
	},
}
