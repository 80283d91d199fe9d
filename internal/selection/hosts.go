// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package selection

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"github.com/agentvisits/agentvisitsexporter/internal/uri"
	"github.com/agentvisits/agentvisitsexporter/internal/validation"
)

// hosts says which hosts count. The time that it takes does not depend on how many
// patterns there are.
type hosts struct {
	choices     map[string]hostChoice // by hostPattern
	mustInclude bool                  // only included hosts count
}

// hostPattern is the name of one host, or all subdomains of a name, which then has a dot
// before it. Names are in the form of uri.SiteName.
type hostPattern = string

type hostChoice uint8

const (
	included hostChoice = 1 << iota
	excluded
)

// newHosts takes a configuration that was validated. It returns nil if all hosts count.
func newHosts(c *HostsConfig) *hosts {
	if len(c.Include)+len(c.Exclude) == 0 {
		return nil
	}
	h := &hosts{choices: make(map[hostPattern]hostChoice, len(c.Include)+len(c.Exclude)), mustInclude: len(c.Include) > 0}
	h.add(c.Include, included)
	h.add(c.Exclude, excluded)
	return h
}

func (h *hosts) add(patterns []string, choice hostChoice) {
	for _, text := range patterns {
		if pattern := readHostPattern(text); pattern != "" {
			h.choices[pattern] |= choice
		}
	}
}

// count reports whether a host counts, with or without a port. One that is not known, so
// empty, counts unless only included ones do.
func (h *hosts) count(host string) bool {
	name := uri.SiteName(host)
	choice := h.choices[name]
	for rest := name; ; {
		dot := strings.IndexByte(rest, '.')
		if dot < 0 {
			break
		}
		choice |= h.choices[rest[dot:]]
		rest = rest[dot+1:]
	}
	return choice&excluded == 0 && (!h.mustInclude || choice&included != 0)
}

// readHostPattern reads what users write. It returns an empty text if no host can match.
func readHostPattern(text string) hostPattern {
	name, isBelow := strings.CutPrefix(text, "*.")
	host := uri.Host(name)
	if host == "" || strings.TrimSpace(text) != text || hasPort(name) {
		return ""
	}
	name = uri.SiteName(host)
	if !isBelow {
		return name
	}
	if _, err := netip.ParseAddr(name); err == nil {
		return "" // an address has no subdomains
	}
	return "." + name
}

func hasPort(host string) bool {
	_, port := uri.SplitHost(host)
	return port != ""
}

// checkHosts reports patterns that no host can match, and those that exclude what is
// included.
func checkHosts(f validation.Faults, c *HostsConfig) {
	checkHostPatterns(f, "include", c.Include)
	checkHostPatterns(f, "exclude", c.Exclude)
	excluding := map[hostPattern]string{} // as they are written
	for _, text := range c.Exclude {
		excluding[readHostPattern(text)] = text
	}
	for _, text := range c.Include {
		if other := coveredBy(excluding, readHostPattern(text)); other != "" {
			f.Add("include", "has %q, but %s has %q and comes first, so it would match nothing: remove one of the two", validation.Shorten(text), f.Key("exclude"), validation.Shorten(other))
		}
	}
}

// coveredBy is the text of a pattern that matches all that the given one does, or empty.
func coveredBy(patterns map[hostPattern]string, pattern hostPattern) string {
	for rest := pattern; rest != ""; {
		if text, found := patterns[rest]; found {
			return text
		}
		dot := strings.IndexByte(rest[1:], '.')
		if dot < 0 {
			break
		}
		rest = rest[1+dot:]
	}
	return ""
}

// checkHostPatterns shows a host alone, because a URL in its place may hold a secret.
func checkHostPatterns(f validation.Faults, key string, patterns []string) {
	for _, text := range patterns {
		if readHostPattern(text) != "" {
			continue
		}
		switch host := hostWithin(text); {
		case host != "":
			f.Add(key, "has more than a host: write %q alone; scheme, port and path make no difference here", host)
		case text == "*" || text == "**":
			f.Add(key, "has %q, which means all hosts: remove it; an empty list already does so in include", text)
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

// hostWithin is the pattern that a text with more around it probably means, or empty.
func hostWithin(text string) string {
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
	if readHostPattern(text) == "" {
		return ""
	}
	return text
}
