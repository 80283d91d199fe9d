// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package main

import "net/http"

// site is the host name of one of the demo's two websites.
type site string

const (
	www  site = "www.example.com"  // reports each request as a span
	blog site = "blog.example.com" // writes each request to an access log
)

// actor is somebody who visits the websites.
type actor struct {
	name      string // for the reader of this table; the APIs classify by userAgent
	userAgent string // sent as it is; none when empty
	address   string // from a range reserved for documentation, as a proxy in front would hand it on
	referer   string // none when empty
	asks      []ask  // in this order
}

// ask is one HTTP request.
type ask struct {
	site   site
	method string
	target string // path and query
}

// get and post spell the rows of the table below.
func (s site) get(target string) ask  { return ask{s, http.MethodGet, target} }
func (s site) post(target string) ask { return ask{s, http.MethodPost, target} }

// notVisits are the paths that people and machines ask for without reading a
// page, with the reason that the exporter counts for leaving them out.
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

// actors are everybody who visits during the demo. User agents are the ones
// that the operators publish.
var actors = []actor{
	// Crawlers that gather texts to train models.
	{
		name: "GPTBot", address: "192.0.2.10",
		userAgent: "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.3; +https://openai.com/gptbot)",
		asks: []ask{
			www.get("/robots.txt"), blog.get("/robots.txt"), www.get("/"), blog.get("/posts/what-is-a-visit"),
			www.get("/products/7"), www.get("/docs/getting-started"),
		},
	},
	{
		name: "ClaudeBot", address: "192.0.2.20",
		userAgent: "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; ClaudeBot/1.0; +claudebot@anthropic.com)",
		asks: []ask{
			blog.get("/"), www.get("/robots.txt"), www.get("/llms.txt"), blog.get("/posts/reading-server-logs"),
			www.get("/docs/getting-started"), www.get("/docs/configuration"),
		},
	},
	{
		name: "CCBot", address: "192.0.2.30",
		userAgent: "CCBot/2.0 (https://commoncrawl.org/faq/)",
		asks:      []ask{www.get("/robots.txt"), blog.get("/robots.txt"), www.get("/"), blog.get("/")},
	},
	{
		name: "Bytespider", address: "192.0.2.40",
		userAgent: "Mozilla/5.0 (Linux; Android 5.0) AppleWebKit/537.36 (KHTML, like Gecko) Mobile Safari/537.36 (compatible; Bytespider; spider-feedback@bytedance.com)",
		asks:      []ask{www.get("/products/7"), www.get("/products/8"), www.get("/no-such-page"), blog.get("/posts/what-is-a-visit")},
	},
	{
		name: "meta-externalagent", address: "2001:db8:40::1",
		userAgent: "meta-externalagent/1.1 (+https://developers.facebook.com/docs/sharing/webmasters/crawler)",
		asks:      []ask{blog.get("/posts/agents-that-shop"), www.get("/"), www.get("/pricing")},
	},
	{
		name: "Amazonbot", address: "192.0.2.50",
		userAgent: "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/600.2.5 (KHTML, like Gecko) Version/8.0.2 Safari/600.2.5 (Amazonbot/0.1; +https://developer.amazon.com/support/amazonbot)",
		asks:      []ask{www.get("/robots.txt"), www.get("/products/9"), blog.get("/posts/agents-that-shop")},
	},
	// Crawlers that fill the index of a search engine or of an assistant's search.
	{
		name: "OAI-SearchBot", address: "192.0.2.60",
		userAgent: "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36; compatible; OAI-SearchBot/1.3; +https://openai.com/searchbot",
		asks:      []ask{www.get("/robots.txt"), www.get("/sitemap.xml"), www.get("/pricing"), blog.get("/feed.xml")},
	},
	{
		name: "PerplexityBot", address: "192.0.2.70",
		userAgent: "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; PerplexityBot/1.0; +https://perplexity.ai/perplexitybot)",
		asks:      []ask{blog.get("/posts/reading-server-logs"), www.get("/"), www.get("/docs/configuration")},
	},
	{
		name: "Googlebot", address: "198.51.100.10",
		userAgent: "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
		asks: []ask{
			www.get("/robots.txt"), blog.get("/"), www.get("/sitemap.xml"), blog.get("/feed.xml"),
			www.get("/pricing"), www.get("/old-pricing"),
		},
	},
	{
		name: "Google-CloudVertexBot", address: "198.51.100.20",
		userAgent: "Mozilla/5.0 (compatible; Google-CloudVertexBot; +https://cloud.google.com/enterprise-search)",
		asks:      []ask{blog.get("/posts/what-is-a-visit"), www.get("/docs/getting-started")},
	},
	{
		name: "bingbot", address: "198.51.100.30",
		userAgent: "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm) Chrome/116.0.1938.76 Safari/537.36",
		asks:      []ask{www.get("/"), www.get("/sitemap.xml"), www.get("/broken"), blog.get("/posts/agents-that-shop")},
	},
	{
		name: "Applebot", address: "198.51.100.40",
		userAgent: "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Safari/605.1.15 (Applebot/0.1; +http://www.apple.com/go/applebot)",
		asks:      []ask{www.get("/"), www.get("/products/7"), blog.get("/")},
	},
	// Assistants that fetch a page because a person has just asked them something.
	{
		name: "ChatGPT-User", address: "203.0.113.10",
		userAgent: "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko); compatible; ChatGPT-User/1.0; +https://openai.com/bot",
		asks: []ask{
			blog.get("/posts/what-is-a-visit"), www.get("/pricing"), www.get("/old-pricing"),
			blog.get("/posts/no-longer-here"), www.get("/products/7"),
		},
	},
	{
		name: "Claude-User", address: "203.0.113.20",
		userAgent: "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; Claude-User/1.0; +Claude-User@anthropic.com)",
		asks:      []ask{www.get("/llms.txt"), www.get("/docs/configuration"), blog.get("/posts/reading-server-logs")},
	},
	{
		name: "Perplexity-User", address: "2001:db8:70::7",
		userAgent: "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; Perplexity-User/1.0; +https://perplexity.ai/perplexity-user)",
		asks:      []ask{www.get("/pricing"), www.get("/products/9"), blog.get("/posts/agents-that-shop")},
	},
	{
		name: "MistralAI-User", address: "203.0.113.30",
		userAgent: "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; MistralAI-User/1.0; +https://docs.mistral.ai/robots)",
		asks:      []ask{blog.get("/posts/what-is-a-visit"), www.get("/docs/getting-started")},
	},
	{
		name: "DuckAssistBot", address: "203.0.113.40",
		userAgent: "DuckAssistBot/1.2; (+http://duckduckgo.com/duckassistbot.html)",
		asks:      []ask{www.get("/pricing"), blog.get("/posts/reading-server-logs")},
	},
	// People who followed a link in an assistant's answer. The referer and
	// utm_source tell where they came from, so both must reach the APIs.
	{
		name: "person from ChatGPT", address: "203.0.113.50", userAgent: chrome, referer: "https://chatgpt.com/",
		asks: []ask{
			www.get("/pricing?utm_source=chatgpt.com"), www.get("/style.css"), www.get("/logo.png"), www.post("/api/contact"),
		},
	},
	{
		name: "person from Perplexity", address: "203.0.113.60", userAgent: safari, referer: "https://www.perplexity.ai/",
		asks: []ask{www.get("/products/7?utm_source=perplexity"), www.get("/style.css"), blog.get("/?utm_source=perplexity"), blog.get("/style.css")},
	},
	{
		name: "person from Claude", address: "2001:db8:90::9", userAgent: safari, referer: "https://claude.ai/",
		asks: []ask{www.get("/docs/configuration?utm_source=claude.ai"), www.get("/style.css")},
	},
	{
		name: "person from Gemini", address: "203.0.113.70", userAgent: phone, referer: "https://gemini.google.com/",
		asks: []ask{blog.get("/posts/what-is-a-visit?utm_source=gemini"), blog.get("/style.css")},
	},
	{
		name: "person from Copilot", address: "203.0.113.80", userAgent: chrome, referer: "https://copilot.microsoft.com/",
		asks: []ask{www.get("/?utm_source=copilot.microsoft.com"), www.get("/logo.png"), blog.get("/posts/agents-that-shop")},
	},
	// People as ever.
	{
		name: "customer", address: "203.0.113.90", userAgent: phone, referer: "https://www.google.com/",
		asks: []ask{
			www.get("/"), www.get("/style.css"), www.get("/logo.png"),
			// The exporter hides the secret in a query before it is queued.
			www.get("/account?token=not-for-others"),
			blog.get("/"), blog.get("/style.css"),
		},
	},
	// Machines of our own, and one that does not say who it is: Scrunch takes no
	// visit without a user agent, Known Agents does.
	{
		name: "kube-probe", address: "192.0.2.99", userAgent: "kube-probe/1.33",
		asks: []ask{www.get("/healthz"), blog.get("/healthz"), www.get("/healthz"), blog.get("/healthz")},
	},
	{
		name: "nameless client", address: "192.0.2.98",
		asks: []ask{www.get("/products/7"), blog.get("/")},
	},
}
