// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/agentvisits/agentvisitsexporter/internal/agents"
)

// filter chooses requests. An empty text chooses all. The page's address has these values
// as its query, under the names in parseFilter.
type filter struct {
	agent, operator, purpose string // as package agents has them; an agent may be a class
	site                     string // host
	status                   string // 404, 4xx, errors for 4xx and 5xx, none for unknown
	path                     string // a page and what lies below it, or a pattern with *
	sent                     string // the assistant that sent a person
	search                   string // occurs in the address, user agent, agent, operator or assistant
	within                   time.Duration
}

func parseFilter(q url.Values) (filter, error) {
	f := filter{
		agent: q.Get("agent"), operator: q.Get("operator"), purpose: q.Get("purpose"), site: q.Get("site"), status: q.Get("status"),
		path: q.Get("path"), sent: q.Get("sent"), search: withoutScheme(strings.ToLower(q.Get("q"))),
	}
	switch s := f.status; {
	case s == "" || s == "errors" || s == "none":
	case len(s) == 3 && s[0] >= '1' && s[0] <= '5' && (s[1:] == "xx" || isDigit(s[1]) && isDigit(s[2])):
	default:
		return f, fmt.Errorf("status=%.20q: write 404, 4xx, errors or none", s)
	}
	var err error
	f.within, err = parseWithin(q.Get("within"))
	return f, err
}

// withoutScheme is what the page shows of the URL with which a text begins.
func withoutScheme(text string) string {
	return strings.TrimPrefix(strings.TrimPrefix(text, "https://"), "http://")
}

const (
	day     = 24 * time.Hour
	maxDays = 10 * 365
)

// parseWithin reads a time such as 1h or 7d. It is 0 for an empty text.
func parseWithin(text string) (within time.Duration, err error) {
	if text == "" {
		return 0, nil
	}
	if digits, ok := strings.CutSuffix(text, "d"); ok {
		var days int
		if days, err = strconv.Atoi(digits); days <= maxDays {
			within = time.Duration(days) * day
		}
	} else {
		within, err = time.ParseDuration(text)
	}
	if err != nil || within <= 0 {
		return 0, fmt.Errorf("within=%.20q: write a time such as 1h or 7d", text)
	}
	return within, nil
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// ofAnybody is the filter without what it says of agents.
func (f filter) ofAnybody() filter {
	f.agent, f.operator, f.purpose = "", "", ""
	return f
}

// choose returns the requests that the filter lets through, in their order.
func (f filter) choose(all []*request, now time.Time) []*request {
	if f == (filter{}) {
		return all
	}
	since := int64(0)
	if f.within > 0 {
		since = now.Add(-f.within).UnixNano()
	}
	var chosen []*request
	for _, r := range all {
		if r.Time >= since && f.has(r) {
			chosen = append(chosen, r)
		}
	}
	return chosen
}

// has reports whether everything but the time of a request is right.
func (f filter) has(r *request) bool {
	who := agents.Known.Agent(r.who)
	return is(f.agent, who.Name) && is(f.operator, who.Operator) && is(f.purpose, who.Purpose) && is(f.site, r.Host) && is(f.sent, r.sentBy) &&
		f.hasStatus(r.Status) && (f.path == "" || isBelow(f.path, r.Path)) && (f.search == "" || f.isFoundIn(r, who))
}

func is(wanted, value string) bool { return wanted == "" || strings.EqualFold(wanted, value) }

func (f filter) hasStatus(status int) bool {
	switch {
	case f.status == "":
		return true
	case f.status == "errors":
		return status >= 400
	case f.status == "none":
		return status == 0
	case strings.HasSuffix(f.status, "xx"):
		return strconv.Itoa(status/100) == f.status[:1]
	}
	return strconv.Itoa(status) == f.status
}

func (f filter) isFoundIn(r *request, who agents.Agent) bool {
	for _, text := range []string{r.Host + r.target(), r.UserAgent, who.Name, who.Operator, r.sentBy} {
		if strings.Contains(strings.ToLower(text), f.search) {
			return true
		}
	}
	return false
}

// isBelow reports whether a path is a page or lies below it: /guides/llamas lies below
// /guides. The front page stands for itself alone. A pattern with * must match the whole
// path; each * stands for any text.
func isBelow(pattern, path string) bool {
	if strings.Contains(pattern, "*") {
		return matches(pattern, path)
	}
	rest, ok := strings.CutPrefix(path, pattern)
	return ok && (rest == "" || pattern != "/" && (strings.HasSuffix(pattern, "/") || rest[0] == '/'))
}

// matches takes the first place for the text between two stars, so that its time is at
// most the product of both lengths.
func matches(pattern, path string) bool {
	parts := strings.Split(pattern, "*")
	rest, ok := strings.CutPrefix(path, parts[0])
	if !ok {
		return false
	}
	last := len(parts) - 1
	for _, part := range parts[1:last] {
		if _, rest, ok = strings.Cut(rest, part); !ok {
			return false
		}
	}
	return strings.HasSuffix(rest, parts[last])
}
