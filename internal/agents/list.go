// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agents

import "slices"

// Where names come from: the page of an operator, or a public list, which also knows
// agents whose operators say nothing.
const (
	openAI     = "https://platform.openai.com/docs/bots"
	anthropic  = "https://support.anthropic.com/en/articles/8896518"
	perplexity = "https://docs.perplexity.ai/guides/bots"
	google     = "https://developers.google.com/search/docs/crawling-indexing/overview-google-crawlers"
	bing       = "https://www.bing.com/webmasters/help/which-crawlers-does-bing-use-8c184ec0"
	amazon     = "https://developer.amazon.com/amazonbot"
	apple      = "https://support.apple.com/en-us/119829"
	meta       = "https://developers.facebook.com/docs/sharing/webmasters/web-crawlers"
	duckDuckGo = "https://duckduckgo.com/duckduckgo-help-pages/results"
	yandex     = "https://yandex.ru/support/webmaster/robot-workings/check-yandex-robots.html"
	yandexGPT  = "https://yandex.ru/support/webmaster/en/search-appearance/fast.html"
	cloudflare = "https://developers.cloudflare.com/ai-crawl-control/reference/bots"

	aiRobots   = "https://github.com/ai-robots-txt/ai.robots.txt"
	crawlerUAs = "https://github.com/monperrus/crawler-user-agents"
	postHog    = "https://github.com/PostHog/posthog"
)

// When names were compared with the public lists.
const (
	first  = "2026-11-22"
	second = "2026-11-26"
)

// Date is when the latest names of List were compared with the public lists.
const Date = second

// List holds the agents that are known: AI agents, search crawlers, and programs that
// fetch for either. docs/agents.md shows it as a table and says why others are not here.
var List = slices.Concat(documented, listed)

// documented are the agents of large operators, most of which say what theirs are for.
var documented = []Entry{
	{Agent{"GPTBot", "OpenAI", Training}, openAI, first, nil},
	{Agent{"OAI-SearchBot", "OpenAI", Search}, openAI, first, nil},
	{Agent{"ChatGPT-User", "OpenAI", Assistant}, openAI, first, nil},
	{Agent{"OAI-AdsBot", "OpenAI", Other}, openAI, first, nil},
	{Agent{"ChatGPT Agent", "OpenAI", Action}, aiRobots, second, []string{"ChatGPT Agent", "ChatGPT-Agent"}},
	{Agent{"ChatGPT desktop", "OpenAI", Assistant}, postHog, second, []string{"ChatGPT/* Chrome/* Electron/"}},
	{Agent{"Operator", "OpenAI", Action}, aiRobots, second, []string{"^Operator/", "compatible; Operator/"}},
	{Agent{"ClaudeBot", "Anthropic", Training}, anthropic, first, nil},
	{Agent{"Claude-SearchBot", "Anthropic", Search}, anthropic, first, nil},
	{Agent{"Claude-User", "Anthropic", Assistant}, anthropic, first, nil},
	{Agent{"Claude desktop", "Anthropic", Assistant}, postHog, second, []string{"Claude/* Chrome/* Electron/"}},
	{Agent{"Claude-Code", "Anthropic", Assistant}, aiRobots, second, nil},
	{Agent{"Claude-Web", "Anthropic", Other}, aiRobots, first, nil}, // no longer documented
	{Agent{"anthropic-ai", "Anthropic", Training}, aiRobots, second, nil},
	{Agent{"PerplexityBot", "Perplexity", Search}, perplexity, first, nil},
	{Agent{"Perplexity-User", "Perplexity", Assistant}, perplexity, second, []string{"Perplexity-User", "PerplexityUser"}},
	{Agent{"Googlebot", "Google", Search}, google, second, []string{"Googlebot", "Googlebot-Mobile"}},
	{Agent{"Googlebot-Image", "Google", Search}, google, first, nil},
	{Agent{"Googlebot-News", "Google", Search}, google, first, nil},
	{Agent{"Googlebot-Video", "Google", Search}, google, first, nil},
	{Agent{"Google-CloudVertexBot", "Google", Search}, google, second, []string{"Google-CloudVertexBot", "CloudVertexBot"}},
	{Agent{"Google-Agent", "Google", Action}, google, second, nil},
	{Agent{"Google-NotebookLM", "Google", Assistant}, google, second, []string{"Google-NotebookLM", "NotebookLM"}},
	{Agent{"Google-Firebase", "Google", Assistant}, aiRobots, second, nil},
	{Agent{"Google-Gemini-CLI", "Google", Assistant}, aiRobots, second, nil},
	{Agent{"GoogleAgent-Mariner", "Google", Action}, "https://deepmind.google/technologies/project-mariner/", second, nil},
	{Agent{"GoogleAgent-URLContext", "Google", Assistant}, aiRobots, second, nil},
	{Agent{"Gemini-Deep-Research", "Google", Assistant}, google, first, nil},
	{Agent{"GoogleOther", "Google", Other}, google, first, nil},
	{Agent{"GoogleOther-Image", "Google", Other}, google, second, nil},
	{Agent{"GoogleOther-Video", "Google", Other}, google, second, nil},
	{Agent{"bingbot", "Microsoft", Search}, bing, first, nil},
	{Agent{"adidxbot", "Microsoft", Other}, bing, second, nil},
	{Agent{"AzureAI-SearchBot", "Microsoft", Search}, "https://azure.microsoft.com/en-us/products/ai-services", first, nil},
	{Agent{"VS Code", "Microsoft", Assistant}, "https://github.com/features/copilot", second, []string{"Code/* Chrome/* Electron/"}},
	{Agent{"Amazonbot", "Amazon", Training}, amazon, first, nil},
	{Agent{"Amzn-SearchBot", "Amazon", Search}, amazon, first, nil},
	{Agent{"Amzn-User", "Amazon", Assistant}, amazon, first, nil},
	{Agent{"AmazonBuyForMe", "Amazon", Action}, aiRobots, second, nil},
	{Agent{"NovaAct", "Amazon", Action}, aiRobots, second, nil},
	{Agent{"AgentCore Browser", "Amazon", Action}, "https://docs.aws.amazon.com/bedrock-agentcore/", second, []string{"Amazon-Bedrock-AgentCore-Browser"}},
	{Agent{"bedrockbot", "Amazon", Other}, aiRobots, first, nil},
	{Agent{"amazon-kendra", "Amazon", Search}, "https://docs.aws.amazon.com/kendra/latest/dg/what-is-kendra.html", second, []string{"amazon-kendra", "KendraBot"}},
	{Agent{"amazon-QBusiness", "Amazon", Assistant}, aiRobots, second, nil},
	{Agent{"Applebot", "Apple", Search}, apple, first, nil},
	{Agent{"Messages preview", "Apple", Other}, aiRobots, second, []string{"facebookexternalhit/* Facebot Twitterbot/"}},
	{Agent{"Bytespider", "ByteDance", Training}, aiRobots, first, nil},
	{Agent{"TikTokSpider", "ByteDance", Other}, crawlerUAs, second, nil}, // ai.robots.txt says training
	{Agent{"imageSpider", "ByteDance", Training}, aiRobots, second, nil},
	{Agent{"Trae", "ByteDance", Assistant}, aiRobots, second, []string{"^Trae/", "Trae/* Chrome/* Electron/"}},
	{Agent{"CCBot", "Common Crawl", Training}, "https://commoncrawl.org/ccbot", first, nil},
	{Agent{"meta-externalagent", "Meta", Training}, meta, first, nil},
	{Agent{"meta-webindexer", "Meta", Search}, meta, first, nil},
	{Agent{"meta-externalfetcher", "Meta", Assistant}, meta, first, nil},
	{Agent{"FacebookBot", "Meta", Training}, meta, second, nil},
	{Agent{"facebookexternalhit", "Meta", Other}, meta, second, []string{"facebookexternalhit", "Meta-ExternalHit"}},
	{Agent{"meta-externalads", "Meta", Other}, meta, second, nil},
	{Agent{"DuckDuckBot", "DuckDuckGo", Search}, duckDuckGo, second, []string{"DuckDuckBot", "DuckDuckBot-Https"}},
	{Agent{"DuckAssistBot", "DuckDuckGo", Assistant}, duckDuckGo, first, nil},
	{Agent{"MistralAI-User", "Mistral AI", Assistant}, "https://docs.mistral.ai/robots", first, nil},
	{Agent{"cohere-training-data-crawler", "Cohere", Training}, aiRobots, first, nil},
	{Agent{"cohere-ai", "Cohere", Assistant}, aiRobots, first, nil},
	{Agent{"YandexBot", "Yandex", Search}, yandex, first, nil},
	{Agent{"YandexAdditional", "Yandex", Assistant}, yandexGPT, second, []string{"YandexAdditional", "YandexAdditionalBot"}},
	{Agent{"Baiduspider", "Baidu", Search}, cloudflare, second, []string{
		"Baiduspider", "Baiduspider-render", "Baiduspider-image", "Baiduspider-video", "Baiduspider-news",
	}},
	{Agent{"YiyanBot", "Baidu", Assistant}, aiRobots, second, nil},
	{Agent{"PanguBot", "Huawei", Training}, aiRobots, first, nil},
	{Agent{"PetalBot", "Huawei", Search}, "https://webmaster.petalsearch.com/site/petalbot", first, nil},
	{Agent{"DeepSeekBot", "DeepSeek", Training}, "https://deepseek.com/bot", first, nil},
	{Agent{"Kimi-User", "Moonshot AI", Assistant}, aiRobots, second, nil},
	{Agent{"TongyiBot", "Alibaba", Assistant}, aiRobots, second, nil},
	{Agent{"ChatGLM-Spider", "Zhipu AI", Training}, aiRobots, second, nil},
	{Agent{"Manus-User", "Butterfly Effect", Action}, aiRobots, first, nil},
	{Agent{"Devin", "Cognition", Assistant}, "https://docs.devin.ai/get-started/devin-intro", first, []string{"Devin/"}},
}
