// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agents

// Date is when the names of List were last compared with the bot reference of
// Cloudflare's AI Crawl Control and with the list of ai.robots.txt. Operators document
// the user agents of most.
const Date = "2026-11-22"

// List holds AI agents and search crawlers. Each name is the token that the operator
// publishes for its user agent. Google-Extended and Applebot-Extended are not in it,
// because they occur only in robots.txt, never in a user agent.
var List = []Agent{
	{"GPTBot", "OpenAI", Training},
	{"OAI-SearchBot", "OpenAI", Search},
	{"ChatGPT-User", "OpenAI", Assistant},
	{"OAI-AdsBot", "OpenAI", Other},
	{"ClaudeBot", "Anthropic", Training},
	{"Claude-SearchBot", "Anthropic", Search},
	{"Claude-User", "Anthropic", Assistant},
	{"Claude-Web", "Anthropic", Other}, // no longer documented
	{"PerplexityBot", "Perplexity", Search},
	{"Perplexity-User", "Perplexity", Assistant},
	{"Googlebot", "Google", Search},
	{"Googlebot-Image", "Google", Search},
	{"Googlebot-News", "Google", Search},
	{"Googlebot-Video", "Google", Search},
	{"Google-CloudVertexBot", "Google", Search},
	{"Google-Agent", "Google", Assistant},
	{"Google-NotebookLM", "Google", Assistant},
	{"GoogleAgent-Mariner", "Google", Assistant},
	{"Gemini-Deep-Research", "Google", Assistant},
	{"GoogleOther", "Google", Other},
	{"bingbot", "Microsoft", Search},
	{"AzureAI-SearchBot", "Microsoft", Search},
	{"Amazonbot", "Amazon", Training},
	{"Amzn-SearchBot", "Amazon", Search},
	{"Amzn-User", "Amazon", Assistant},
	{"AmazonBuyForMe", "Amazon", Assistant},
	{"bedrockbot", "Amazon", Other},
	{"Applebot", "Apple", Search},
	{"Bytespider", "ByteDance", Training},
	{"TikTokSpider", "ByteDance", Other},
	{"CCBot", "Common Crawl", Training},
	{"meta-externalagent", "Meta", Training},
	{"meta-webindexer", "Meta", Search},
	{"meta-externalfetcher", "Meta", Assistant},
	{"DuckDuckBot", "DuckDuckGo", Search},
	{"DuckAssistBot", "DuckDuckGo", Assistant},
	{"MistralAI-User", "Mistral AI", Assistant},
	{"cohere-training-data-crawler", "Cohere", Training},
	{"cohere-ai", "Cohere", Assistant},
	{"AI2Bot", "Allen Institute for AI", Training},
	{"Diffbot", "Diffbot", Training},
	{"PanguBot", "Huawei", Training},
	{"PetalBot", "Huawei", Search},
	{"YouBot", "You.com", Search},
	{"YandexBot", "Yandex", Search},
	{"Baiduspider", "Baidu", Search},
	{"Timpibot", "Timpi", Search},
	{"DeepSeekBot", "DeepSeek", Training},
	{"Bravebot", "Brave", Search},
	{"LinkupBot", "Linkup", Search},
	{"kagi-fetcher", "Kagi", Assistant},
	{"Manus-User", "Manus", Assistant},
	{"Devin", "Cognition", Assistant},
	{"FirecrawlAgent", "Firecrawl", Other},
}

// assistants maps the site of an AI assistant to its name. When a person follows a
// link in an assistant's answer, the site is in the referer or in utm_source.
var assistants = map[string]string{
	"chatgpt.com": "ChatGPT", "chat.openai.com": "ChatGPT", "openai": "ChatGPT",
	"claude.ai": "Claude", "perplexity.ai": "Perplexity", "perplexity": "Perplexity",
	"gemini.google.com": "Gemini", "copilot.microsoft.com": "Copilot", "copilot.com": "Copilot",
	"chat.mistral.ai": "Le Chat", "meta.ai": "Meta AI", "grok.com": "Grok", "you.com": "You.com",
	"chat.deepseek.com": "DeepSeek",
}
