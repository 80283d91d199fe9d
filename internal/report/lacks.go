// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package report

import "strings"

// part is something that a source may record of a visit.
type part struct {
	name string
	// why says what it is needed for, remedy how a log gets it.
	why, remedy string
	// rare marks what most visits lack even if the source records it. Only its absence
	// from all of them says something.
	rare bool
	in   func(*Request) bool
}

// parts lists the most important one first.
var parts = [...]part{
	{
		name: "time", why: "without it nothing is told by week",
		remedy: "add the time to the log format; with nginx $msec or $time_local, with Apache %t",
		in:     func(r *Request) bool { return r.Time != 0 },
	}, {
		name: "user agent", why: "agents are recognised by it, and Scrunch requires it",
		remedy: "log the combined format instead of common; with nginx $http_user_agent, with Apache %{User-Agent}i",
		in:     func(r *Request) bool { return r.UserAgent != "" },
	}, {
		name: "status", why: "it tells which pages agents could not read, and Scrunch requires it",
		remedy: "with nginx $status, with Apache %>s",
		in:     func(r *Request) bool { return r.Status != 0 },
	}, {
		name: "client IP", why: "agents are verified by it",
		remedy: "with nginx $remote_addr, with Apache %a; behind a proxy also X-Forwarded-For",
		in:     func(r *Request) bool { return r.Has&HasClientIP != 0 },
	}, {
		name: "host", why: "it tells sites apart, and Scrunch requires it",
		remedy: "with nginx $host, with Apache vhost_combined; or set scrunch::domain if the log is of one site",
		in:     func(r *Request) bool { return r.Host != "" },
	}, {
		name: "referer", why: "it tells which assistant sent a person", rare: true,
		remedy: "log the combined format instead of common; with nginx $http_referer, with Apache %{Referer}i",
		in:     func(r *Request) bool { return r.Referer != "" },
	}, {
		name: "query", why: "its utm_source tells who sent a person", rare: true,
		remedy: "log the request line or the URL with its query; with nginx $request_uri and not $uri",
		in:     func(r *Request) bool { return strings.TrimSpace(r.Query) != "" },
	}, {
		name: "duration", why: "both APIs show how long responses took",
		remedy: "with nginx $request_time, with Apache %D",
		in:     func(r *Request) bool { return r.Has&HasDuration != 0 },
	}, {
		name: "content type", why: "Known Agents shows what was read",
		remedy: "with nginx $sent_http_content_type, with Apache %{Content-Type}o",
		in:     func(r *Request) bool { return r.Has&HasContentType != 0 },
	},
}

// minVisitsForRare is how many visits say that a rare part is not recorded.
const minVisitsForRare = 20

// lacks returns the parts that most visits lack.
func (c *Counter) lacks() []Lack {
	list := []Lack{}
	for i, missing := range c.lacking {
		often := 2*missing > c.visits
		if parts[i].rare {
			often = missing == c.visits && c.visits >= minVisitsForRare
		}
		if often {
			list = append(list, Lack{Part: parts[i].name, Missing: missing, Of: c.visits, Why: parts[i].why, Remedy: parts[i].remedy})
		}
	}
	return list
}
