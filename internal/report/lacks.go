// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package report

import "strings"

// part is something that a source may record of a visit.
type part struct {
	name string
	// why says what it is needed for.
	why string
	// advice says how a log gets it, whatever the server, and else what helps without it.
	advice, orElse string
	// nginx, apache and iis are what these servers call it: variables, directives of the
	// format, and fields to select. They may be empty.
	nginx, apache, iis string
	// rare marks what most visits lack even if the source records it. Only its absence
	// from all of them says something.
	rare bool
	in   func(*Request) bool
}

// parts lists the most important one first.
var parts = [...]part{
	{
		name: "time", why: "without it nothing is told by day or week",
		advice: "add the time to the log format", nginx: "$msec or $time_local", apache: "%t", iis: "date and time",
		in: func(r *Request) bool { return r.Time != 0 },
	}, {
		name: "user agent", why: "agents are recognised by it, and Scrunch requires it",
		advice: "log the combined format instead of common", nginx: "$http_user_agent", apache: "%{User-Agent}i", iis: "cs(User-Agent)",
		in: func(r *Request) bool { return r.UserAgent != "" },
	}, {
		name: "status", why: "it tells which pages agents could not read, and Scrunch requires it",
		nginx: "$status", apache: "%>s", iis: "sc-status",
		in: func(r *Request) bool { return r.Status != 0 },
	}, {
		name: "client IP", why: "an agent can be verified by it",
		nginx: "$remote_addr", apache: "%a", iis: "c-ip", orElse: "behind a proxy also X-Forwarded-For",
		in: func(r *Request) bool { return r.Has&HasClientIP != 0 },
	}, {
		name: "host", why: "it tells sites apart, and Scrunch requires it",
		nginx: "$host", apache: "vhost_combined", iis: "cs-host", orElse: "or set scrunch::domain if the log is of one site",
		in: func(r *Request) bool { return r.Host != "" },
	}, {
		name: "referer", why: "it tells which assistant sent a person", rare: true,
		advice: "log the combined format instead of common", nginx: "$http_referer", apache: "%{Referer}i", iis: "cs(Referer)",
		in: func(r *Request) bool { return r.Referer != "" },
	}, {
		name: "query", why: "its utm_source tells who sent a person", rare: true,
		advice: "log the request line or the URL with its query", nginx: "$request_uri and not $uri", apache: "%r", iis: "cs-uri-query",
		in: func(r *Request) bool { return strings.TrimSpace(r.Query) != "" },
	}, {
		name: "duration", why: "both APIs take it",
		nginx: "$request_time", apache: "%D", iis: "time-taken",
		in: func(r *Request) bool { return r.Has&HasDuration != 0 },
	}, {
		name: "content type", why: "Known Agents takes it",
		nginx: "$sent_http_content_type", apache: "%{Content-Type}o",
		in: func(r *Request) bool { return r.Has&HasContentType != 0 },
	},
}

// otherServers says where to read on if the log is of a server that no remedy names.
const otherServers = "docs/access-logs.md has the whole format for each server, also for Caddy, Traefik and others that are not named here."

// remedy says how a log gets a part.
func (p *part) remedy() string {
	var servers, all []string
	for _, of := range [...][2]string{{"with nginx ", p.nginx}, {"with Apache ", p.apache}, {"with IIS ", p.iis}} {
		if of[1] != "" {
			servers = append(servers, of[0]+of[1])
		}
	}
	for _, clause := range [...]string{p.advice, strings.Join(servers, ", "), p.orElse} {
		if clause != "" {
			all = append(all, clause)
		}
	}
	return strings.Join(all, "; ")
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
			list = append(list, Lack{Part: parts[i].name, Missing: missing, Of: c.visits, Why: parts[i].why, Remedy: parts[i].remedy()})
		}
	}
	return list
}
