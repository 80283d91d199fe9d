// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agents

import "strings"

// IsBrowser reports whether a user agent has the form of a browser's. A program that
// sends the very text of a browser is one by its name.
//
// Nearly all browsers write "Mozilla/5.0 (platform)", then their engine and products. A
// program that identifies itself adds what no browser does: its URL or e-mail address,
// a word such as bot or crawler, or "compatible;" for no old browser's sake.
func IsBrowser(userAgent string) bool {
	if !hasBrowserStart(userAgent) || strings.Contains(userAgent, "://") {
		return false
	}
	found, compatible, old := !strings.HasPrefix(userAgent, "Mozilla/"), false, false
	var buffer [MaxToken]byte
	for i := 0; i < len(userAgent); i++ {
		if !isWordByte(userAgent[i]) {
			if userAgent[i] == '@' && !isVersion(userAgent[i+1:]) {
				return false
			}
			continue
		}
		end := wordEnd(userAgent, i)
		if !mayMatter(userAgent[i], userAgent[end-1]) {
			i = end - 1
			continue
		}
		word := buffer[:min(end-i, MaxToken)]
		for k := range word {
			word[k] = lower(userAgent[i+k])
		}
		switch words[string(word)] {
		case engine:
			found = true
		case oldBrowser:
			found, old = true, true
		case robot:
			return false
		case compatibleMark:
			compatible = compatible || end < len(userAgent) && userAgent[end] == ';'
		case harmless:
		default:
			if isRobotsName(word) {
				return false
			}
		}
		i = end - 1
	}
	return found && (old || !compatible)
}

// isVersion tells app@1.2 from an e-mail address.
func isVersion(s string) bool { return s != "" && s[0] >= '0' && s[0] <= '9' }

// starts are how browsers begin that do not begin with Mozilla: Opera before 15, text
// browsers, and those of early phones.
var starts = []string{
	"Opera/", "Lynx/", "w3m/", "Links (", "ELinks/", "NetSurf/", "Dillo/", "UCWEB/", "BlackBerry", "Nokia", "SonyEricsson", "SAMSUNG-", "DoCoMo/",
}

// hasBrowserStart tells how browsers begin. After Mozilla's version comes the platform
// at once; crawlers often write their engine there.
func hasBrowserStart(userAgent string) bool {
	if rest, ok := strings.CutPrefix(userAgent, "Mozilla/"); ok {
		version, rest, ok := strings.Cut(rest, " ")
		return ok && len(version) <= len("5.00") && strings.HasPrefix(rest, "(")
	}
	for _, start := range starts {
		if strings.HasPrefix(userAgent, start) {
			return true
		}
	}
	return false
}

// kind is what a word says about who writes it.
type kind uint8

const (
	unremarkable   kind = iota
	engine              // an engine or a product of browsers
	oldBrowser          // of a browser that writes "compatible;"
	compatibleMark      // the word compatible
	robot               // a program that looks like a browser and says so in this word alone
	harmless            // looks like a robot's name and is none
)

var words = wordKinds(map[kind]string{
	engine: "applewebkit gecko khtml presto goanna servo chrome crios chromium safari firefox fxios edg edga edgios opr opera " +
		"seamonkey netscape netfront",
	oldBrowser:     "msie trident konqueror",
	compatibleMark: "compatible",
	robot: "headlesschrome phantomjs slimerjs puppeteer playwright selenium lighthouse chrome-lighthouse bingpreview " +
		"google-read-aloud google-safety google-inspectiontool googleimageproxy storebot-google playstore-google ptst gtmetrix dareboost " +
		"datadogsynthetics newrelicsynthetics pingdomtms appinsights statuscake thousandeyes silktide prerender nutch slurp httpclient",
	harmless: "cubot robot", // a maker of phones; a model of another
})

func wordKinds(lists map[kind]string) map[string]kind {
	all := map[string]kind{}
	for k, list := range lists {
		for word := range strings.FieldsSeq(list) {
			all[word] = k
		}
	}
	return all
}

// mayMatter tells by a word's first and last byte whether it can be in words or a
// robot's name, so that most words need no closer look.
func mayMatter(first, last byte) bool { return firstBytes[lower(first)] || lastBytes[lower(last)] }

var firstBytes, lastBytes = func() (first, last [256]bool) {
	for word := range words {
		first[word[0]] = true
	}
	for _, ending := range robotsEndings {
		last[ending[len(ending)-1]] = true
	}
	return first, last
}()

// robotsEndings are how the names of robots end.
var robotsEndings = []string{"bot", "bots", "crawler", "crawl", "spider", "scraper", "fetcher", "preview", "monitor", "monitoring", "checker", "validator", "agent", "scan"}

func isRobotsName(word []byte) bool {
	for _, ending := range robotsEndings {
		if n := len(word) - len(ending); n >= 0 && string(word[n:]) == ending {
			return true
		}
	}
	return false
}
