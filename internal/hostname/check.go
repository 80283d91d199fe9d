// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package hostname

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"github.com/agentvisits/agentvisitsexporter/internal/uri"
	"github.com/agentvisits/agentvisitsexporter/internal/validation"
)

// Check reports the texts of a list that are no patterns. forAll is the remedy for one that
// means all hosts. It shows a host alone, because a URL in its place may hold a secret.
func Check(f validation.Faults, key string, texts []string, forAll string) {
	for _, text := range texts {
		if Read(text) != "" {
			continue
		}
		switch host := within(text); {
		case host != "":
			f.Add(key, "has more than a host: write %q alone; scheme, port and path make no difference here", host)
		case text == "*" || text == "**":
			f.Add(key, "has %q, which means all hosts: %s", text, forAll)
		default:
			f.Add(key, "has %s, which no host can match: write a name such as www.example.com, or *.example.com for all its subdomains; a * stands only at the beginning, before a dot", shown(text))
		}
	}
}

// shown is a text for a message, unless it looks like a URL, which may hold a secret.
func shown(text string) string {
	if strings.ContainsAny(text, "@?=") {
		return fmt.Sprintf("a text of %d characters", len(text))
	}
	return strconv.Quote(validation.Shorten(text))
}

// within is the pattern that a text with more around it probably means, or empty.
func within(text string) string {
	text = strings.TrimSpace(text)
	if _, err := netip.ParsePrefix(text); err == nil {
		return "" // a network
	}
	if _, after, found := strings.Cut(text, "://"); found {
		text = after
	}
	text = strings.TrimLeft(text, "/")
	if end := strings.IndexAny(text, "/?#"); end >= 0 {
		text = text[:end]
	}
	text = text[strings.LastIndexByte(text, '@')+1:]
	text, _ = uri.SplitHost(text)
	if rest := strings.TrimLeft(text, "*"); strings.HasPrefix(rest, ".") {
		text = "*" + rest
	}
	if Read(text) == "" {
		return ""
	}
	return text
}
