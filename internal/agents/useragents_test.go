// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agents

import (
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// The platforms, as browsers write them after "Mozilla/5.0 ".
var (
	desktops = []string{
		"Windows NT 10.0; Win64; x64", "Windows NT 10.0; WOW64", "Windows NT 6.1; Win64; x64", "Windows NT 6.3; ARM64",
		"Macintosh; Intel Mac OS X 10_15_7", "Macintosh; Intel Mac OS X 14_5", "Macintosh; PPC Mac OS X 10_4_11",
		"X11; Linux x86_64", "X11; Ubuntu; Linux x86_64", "X11; Linux aarch64", "X11; CrOS x86_64 14541.0.0", "X11; FreeBSD amd64",
		"X11; OpenBSD amd64", "X11; Fedora; Linux x86_64", "Wayland; Linux x86_64", "X11; SunOS i86pc",
	}
	phones = []string{
		"Linux; Android 10; K", "Linux; Android 14; Pixel 8 Pro", "Linux; Android 13; SM-S918B", "Linux; Android 12; M2101K6G",
		"Linux; Android 9; CUBOT", "Linux; Android 9; CUBOT X19", "Linux; Android 8.1.0; CUBOT_NOTE_S", "Linux; Android 11; moto g(30)",
		"Linux; Android 15; CPH2557 Build/AP3A.240617.008", "Linux; Android 7.0; Nokia 6.1", "Linux; U; Android 4.4.2; de-de; GT-I9505 Build/KOT49H",
		"Linux; Android 13; Robot", "Linux; arm_64; Android 12; 2201117TY", "Linux; Android 10; HarmonyOS; ELS-AN00",
	}
	apples = []string{
		"iPhone; CPU iPhone OS 17_5_1 like Mac OS X", "iPhone; CPU iPhone OS 15_8 like Mac OS X", "iPad; CPU OS 16_6 like Mac OS X",
		"iPod touch; CPU iPhone OS 12_5_7 like Mac OS X",
	}
)

const (
	webKit   = "AppleWebKit/537.36 (KHTML, like Gecko)"
	appleKit = "AppleWebKit/605.1.15 (KHTML, like Gecko)"
)

// each makes a user agent of each pattern for each platform and version. In a pattern
// {p} is the platform and {v} the version.
func each(patterns, platforms []string, versions ...int) (all []string) {
	for _, pattern := range patterns {
		for _, platform := range platforms {
			for _, version := range versions {
				all = append(all, strings.NewReplacer("{p}", platform, "{v}", strconv.Itoa(version)).Replace(pattern))
			}
		}
	}
	return all
}

// browserTexts are user agents of browsers, in the forms that browsers use.
func browserTexts() (all []string) {
	chromium := "Mozilla/5.0 ({p}) " + webKit + " Chrome/{v}.0.0.0 "
	for _, products := range []string{
		"Safari/537.36", "Safari/537.36 Edg/{v}.0.2592.68", "Safari/537.36 OPR/110.0.0.0", "Safari/537.36 Vivaldi/6.7", "Safari/537.36 Brave/{v}",
		"YaBrowser/24.4 Yowser/2.5 Safari/537.36", "Whale/3.26.244.21 Safari/537.36", "Safari/537.36 Avast/{v}", "Safari/537.36 CCleaner/{v}",
		"Safari/537.36 QQBrowser/12.0", "Safari/537.36 Sleipnir/6.4", "Iron/{v} Safari/537.36", "Safari/537.36 SE 2.X MetaSr 1.0",
	} {
		all = append(all, each([]string{chromium + products}, desktops, 87, 109, 120, 126, 133, 141)...)
	}
	for _, products := range []string{
		"Mobile Safari/537.36", "Mobile Safari/537.36 EdgA/{v}.0.0.0", "Mobile Safari/537.36 OPR/82.0", "Mobile Safari/537.36 Instagram 330.0.0.40.92 Android (34/14; 420dpi; en_US)",
		"Mobile Safari/537.36 [FB_IAB/FB4A;FBAV/465.0.0.65.82;]", "Mobile Safari/537.36 DuckDuckGo/5", "Mobile Safari/537.36 (Ecosia android@{v}.0.0.0)",
		"Mobile Safari/537.36 GSA/15.20.35.29.arm64", "Mobile Safari/537.36 trill_340204 BytedanceWebview/d8a21c6", "Mobile Safari/537.36 Snapchat/12.90.0.46",
		"Mobile Safari/537.36 MicroMessenger/8.0.49.2600 NetType/WIFI Language/zh_CN", "Mobile Safari/537.36 Line/14.7.0/IAB", "Mobile Safari/537.36 Viber/22.4",
		"UCBrowser/13.4.0.1306 Mobile Safari/537.36", "Mobile Safari/537.36 HuaweiBrowser/14.0.5", "Mobile Safari/537.36 baiduboxapp/13.55", "Mobile Safari/537.36 LinkedInApp/4.1",
	} {
		all = append(all, each([]string{chromium + products}, phones, 96, 118, 126)...)
	}
	all = append(all, each([]string{"Mozilla/5.0 ({p}) " + webKit + " SamsungBrowser/25.0 Chrome/{v}.0.0.0 Mobile Safari/537.36", "Mozilla/5.0 ({p}; wv) " + webKit + " Version/4.0 Chrome/{v}.0.0.0 Mobile Safari/537.36"}, phones, 92, 121)...)
	all = append(all, each([]string{"Mozilla/5.0 ({p}; rv:{v}.0) Gecko/20100101 Firefox/{v}.0"}, desktops, 52, 78, 102, 115, 127)...)
	all = append(all, each([]string{"Mozilla/5.0 (Android 14; Mobile; rv:{v}.0) Gecko/{v}.0 Firefox/{v}.0", "Mozilla/5.0 (Mobile; rv:{v}.0; A405DL) Gecko/{v}.0 Firefox/{v}.0 KAIOS/2.5"}, []string{""}, 48, 126)...)
	for _, products := range []string{
		"Version/17.5 Mobile/15E148 Safari/604.1", "Mobile/15E148", "CriOS/{v}.0.6478.54 Mobile/15E148 Safari/604.1", "FxiOS/{v}.0 Mobile/15E148 Safari/605.1.15",
		"EdgiOS/{v}.0.2592.86 Version/17.0 Mobile/15E148 Safari/604.1", "Mobile/15E148 Instagram 335.0 (iPhone14,5; iOS 17_5; en_US)", "GSA/320.0.640 Mobile/15E148 Safari/604.1",
		"Mobile/15E148 [FBAN/FBIOS;FBAV/468.0;FBBV/6;FBDV/iPhone13,2;FBMD/iPhone;FBSN/iOS;FBSV/17.5]", "Mobile/15E148 [Pinterest/iOS]", "Version/17.5 Mobile/15E148 DuckDuckGo/7 Safari/605.1.15",
		"Mobile/15E148 musical_ly_34.5.0 BytedanceWebview/d8a21c6 AppName/musical_ly", "OPiOS/16.0.15 Mobile/15E148 Safari/9537.53", "Mobile/15E148 LinkedInApp", "Mobile/15E148 Twitter for iPhone/10.47",
	} {
		all = append(all, each([]string{"Mozilla/5.0 ({p}) " + appleKit + " " + products}, apples, 109, 126)...)
	}
	all = append(all, each([]string{"Mozilla/5.0 ({p}) " + appleKit + " Version/{v}.1 Safari/605.1.15"}, desktops[4:7], 9, 13, 16, 17, 18)...)
	all = append(all, each([]string{"Mozilla/5.0 (compatible; MSIE {v}.0; {p}; Trident/6.0)", "Mozilla/4.0 (compatible; MSIE {v}.0; {p}; .NET CLR 3.5.30729)", "Mozilla/5.0 ({p}; Trident/7.0; rv:11.0) like Gecko"}, desktops[:4], 6, 8, 9, 10)...)
	return append(all, rareBrowsers...)
}

// rareBrowsers are browsers of televisions, consoles, readers, cars and earlier times.
var rareBrowsers = []string{
	"Mozilla/5.0 (SMART-TV; Linux; Tizen 5.0) AppleWebKit/538.1 (KHTML, like Gecko) Version/5.0 TV Safari/538.1",
	"Mozilla/5.0 (Web0S; Linux/SmartTV) " + webKit + " Chrome/94.0.4606.128 Safari/537.36 WebAppManager",
	"Mozilla/5.0 (Linux; NetCast; U) " + webKit + " Chrome/87.0 Safari/537.36 SmartTV/10.0 Colt/2.0",
	"Mozilla/5.0 (Linux; Android 11; BRAVIA 4K VH2) " + webKit + " Chrome/110.0 Safari/537.36 OPR/46.0 OMI/4.24",
	"Mozilla/5.0 (Linux; Android 9; AFTKA) " + webKit + " Silk/120.4 like Chrome/120.0 Safari/537.36",
	"Mozilla/5.0 (PlayStation; PlayStation 5/6.00) " + appleKit + " Version/13.0 Safari/605.1.15",
	"Mozilla/5.0 (Nintendo Switch; WifiWebAuthApplet) AppleWebKit/609.4 (KHTML, like Gecko) NF/6.0.2.21.3 NintendoBrowser/5.1.0.22474",
	"Mozilla/5.0 (Windows NT 10.0; Win64; x64; Xbox; Xbox Series X) " + webKit + " Chrome/48.0 Safari/537.36 Edge/20.02",
	"Mozilla/5.0 (X11; U; Linux armv7l like Android; en-us) AppleWebKit/531.2+ (KHTML, like Gecko) Version/5.0 Safari/533.2+ Kindle/3.0+",
	"Mozilla/5.0 (X11; GNU/Linux) " + webKit + " Chrome/98.0 Safari/537.36 Tesla/2024.14.9",
	"Mozilla/5.0 (Phone; OpenHarmony 5.0) " + webKit + " Chrome/114.0 Safari/537.36 ArkWeb/4.1 Mobile",
	"Mozilla/5.0 (compatible; Konqueror/4.14; Linux) KHTML/4.14 (like Gecko)",
	"Mozilla/5.0 (X11; Linux x86_64; rv:68.9) Gecko/20100101 Goanna/4.5 Firefox/68.9 PaleMoon/28.10",
	"Mozilla/5.0 (X11; U; Linux i686; en-US; rv:1.9.2.24) Gecko/20111107 Ubuntu/10.04 (lucid) Firefox/3.6.24",
	"Mozilla/5.0 (Windows; U; Win98; en-US; rv:1.4) Gecko Netscape/7.1",
	"Mozilla/5.0 (BB10; Touch) AppleWebKit/537.10+ (KHTML, like Gecko) Version/10.0 Mobile Safari/537.10+",
	"Mozilla/5.0 (SymbianOS/9.4; Series60/5.0 NokiaN97/20) AppleWebKit/525 (KHTML, like Gecko) BrowserNG/7.1",
	"Mozilla/5.0 (webOS/1.4; U; en-US) AppleWebKit/532.2 (KHTML, like Gecko) Version/1.0 Safari/532.2 Pre/1.0",
	"Opera/9.80 (Windows NT 6.1; U; en) Presto/2.12.388 Version/12.18",
	"Opera/9.80 (J2ME/MIDP; Opera Mini/9.80/191.273; U; en) Presto/2.12.423 Version/12.16",
	"UCWEB/2.0 (MIDP-2.0; U; Adr 4.4.2; en-US; Lenovo) U2/1.0.0 UCBrowser/10.7 U2/1.0.0 Mobile",
	"BlackBerry9700/5.0.0.862 Profile/MIDP-2.1 Configuration/CLDC-1.1", "Nokia6300/2.0 (05.50) Profile/MIDP-2.0",
	"SAMSUNG-GT-S5620/S5620XEJE1 Dolfin/2.0", "DoCoMo/2.0 N905i(c100;TB;W24H16)", "SonyEricssonK750i/R1CA Browser/SEMC-Browser/4.2",
	"Lynx/2.9.0dev.10 libwww-FM/2.14", "w3m/0.5.3+git20230121", "Links (2.29; Linux x86_64; GNU C)", "ELinks/0.16.1.1", "NetSurf/3.11 (Linux)", "Dillo/3.1.0",
}

// programs are libraries, tools, feed readers, monitors and apps: no browsers, and no
// agents either.
var programs = strings.Split(strings.TrimSpace(`
curl/8.5.0
Wget/1.21.4
python-requests/2.32.3
Python-urllib/3.12
Python/3.11 aiohttp/3.9.5
python-httpx/0.27.0
Go-http-client/2.0
okhttp/4.12.0
Apache-HttpClient/5.3 (Java/21.0.2)
Java/17.0.11
node-fetch/1.0 (+https://github.com/bitinn/node-fetch)
axios/1.7.2
undici
got (https://github.com/sindresorhus/got)
Dalvik/2.1.0 (Linux; U; Android 13; SM-A536B Build/TP1A.220624.014)
CFNetwork/1496.0.7 Darwin/23.5.0
MyApp/3.2 CFNetwork/1496.0.7 Darwin/23.5.0
GuzzleHttp/7
PostmanRuntime/7.39.0
insomnia/9.2.0
libwww-perl/6.77
Ruby
Faraday v2.9.0
axum/0.7
reqwest/0.12.4
Scrapy/2.11.2 (+https://scrapy.org)
Mozilla/5.0
Mozilla/5.0 (Windows NT 10.0; Win64; x64)
Mozilla/5.0 (compatible; SomeBot/1.0; +https://example.com/bot)
Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; NewAgent/0.3)
Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/126.0.0.0 Safari/537.36
Mozilla/5.0 (Linux; Android 11; moto g power (2022)) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Mobile Safari/537.36 Chrome-Lighthouse
Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Safari/537.36 (contact: ops@example.com)
Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Safari/537.36 ExampleCrawler
Feedly/1.0 (+http://www.feedly.com/fetcher.html; like FeedFetcher-Google)
FreshRSS/1.24.0 (Linux; https://freshrss.org) like Googlebot
Example/1.0 (compatible with Googlebot)
Tiny Tiny RSS/24.05 (https://tt-rss.org/)
Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)
Twitterbot/1.0
WhatsApp/2.24.11.75 A
TelegramBot (like TwitterBot)
Discordbot/2.0
UptimeRobot/2.0
kube-probe/1.29
ELB-HealthChecker/2.0
Prometheus/2.52.0
AhrefsBot/7.0
SemrushBot/7~bl
MJ12bot/v1.4.8
Slurp
code/1.0
Code 2
operator
The Operator Company/2.0 (phone)
spider/0.1
My Spider/3
cursor
Devin Smith's reader 1.0
reader/1.0 (devin@example.com)
Garden Shop App/1.0 (Terra Cotta)
LCC-tool/3 LCC
youbots/1
checker/1.0 (+https://example.com/why-we-block/GPTBot; GPTBot@example.com; team@claudebot)
trae-lab/1.0
newsaint/1.0
`), "\n")

func TestNoBrowserAndNoOrdinaryProgramIsAnAgent(t *testing.T) {
	browsers := browserTexts()
	distinct := map[string]bool{}
	for _, userAgent := range append(browsers, programs...) {
		distinct[userAgent] = true
		a, known := Known.Find(userAgent)
		assert.False(t, known, "%s is taken for %s", userAgent, a.Name)
	}
	assert.GreaterOrEqual(t, len(distinct), 2000)
}

func TestBrowsersAreToldFromPrograms(t *testing.T) {
	for _, userAgent := range browserTexts() {
		assert.True(t, IsBrowser(userAgent), userAgent)
		assert.Equal(t, ABrowser, Known.Identify(&Headers{UserAgent: userAgent}), userAgent)
	}
	for _, userAgent := range programs {
		assert.False(t, IsBrowser(userAgent), userAgent)
		assert.Equal(t, SomebodyElse, Known.Identify(&Headers{UserAgent: userAgent}), userAgent)
	}
}

// TestABrowserThatNamesAnAgentIsThatAgent: such agents are built on browsers.
func TestABrowserThatNamesAnAgentIsThatAgent(t *testing.T) {
	for i, userAgent := range browserTexts() {
		e := &List[i%len(List)]
		token := sample(e.AllTokens()[0])
		if strings.HasPrefix(e.AllTokens()[0], "^") {
			continue // not at the end
		}
		for _, forged := range []string{userAgent + "; " + token, userAgent + " (compatible; " + token + "; +https://example.com)"} {
			a, known := Known.Find(forged)
			assert.True(t, known, forged)
			assert.Equal(t, e.Agent, a, forged)
		}
	}
}
