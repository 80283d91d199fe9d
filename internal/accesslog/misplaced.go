// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package accesslog

import (
	"strings"

	"github.com/agentvisits/agentvisitsexporter/internal/ascii"
)

// takeHeaders takes the first two texts in quotation marks that stand together. They are
// referer and user agent, in most formats. Others put the user agent first, or a host or
// X-Forwarded-For before both. Then one of the two has the form of something else, and
// neither is taken: a visitor may have written it, so which format it is stays unknown.
func (e *Entry) takeHeaders(referer, agent string) {
	if !isMozilla(agent) && isMisplacedAgent(agent) || !isUsualReferer(referer) && isMisplacedReferer(referer) {
		return
	}
	e.Referer, e.UserAgent = referer, agent
}

// isMozilla reports whether a text begins as the user agents of browsers do.
func isMozilla(text string) bool { return strings.HasPrefix(text, "Mozilla/") }

func isUsualReferer(text string) bool { return text == "-" || strings.HasPrefix(text, "http") }

// isMisplacedAgent reports whether a text is a URL, a host or a list of addresses, and so no
// user agent.
func isMisplacedAgent(text string) bool {
	return strings.HasPrefix(text, "https://") || strings.HasPrefix(text, "http://") || isHostText(text) || isChain(text)
}

// isMisplacedReferer reports whether a text is a host, a list of addresses or a user agent,
// and so no referer.
func isMisplacedReferer(text string) bool {
	return isHostText(text) || isChain(text) || isAgent(text)
}

// isAgent reports whether a text begins with a product and its version, as nearly all user
// agents do.
func isAgent(text string) bool {
	product, version, found := strings.Cut(text, "/")
	if !found || product == "" || product == "HTTP" || version == "" || !ascii.IsDigit(version[0]) {
		return false
	}
	for i := range len(product) {
		if c := product[i]; !ascii.IsDigit(c) && (c|0x20 < 'a' || c|0x20 > 'z') && strings.IndexByte("-_.+", c) < 0 {
			return false
		}
	}
	return true
}

// IsTemplate reports whether a part of a path is a parameter's name in braces, as in
// /pets/{id} or /{proxy+}: a gateway names the resource there, not what was asked for.
func IsTemplate(target string) bool {
	for {
		_, rest, found := strings.Cut(target, "/{")
		if !found {
			return false
		}
		name, after, closed := strings.Cut(rest, "}")
		if closed && isName(strings.TrimSuffix(name, "+")) && (after == "" || after[0] == '/' || after[0] == ' ') {
			return true
		}
		target = rest
	}
}

func isName(text string) bool {
	for i := range len(text) {
		if c := text[i]; !ascii.IsDigit(c) && (c|0x20 < 'a' || c|0x20 > 'z') && c != '_' && c != '-' {
			return false
		}
	}
	return text != ""
}
