// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import (
	"net/url"
	"strings"
)

// scrunch delivers to Scrunch's agent traffic API for custom platforms: POST
// to the site's own path with the site's key, one JSON object a line. Source:
// Scrunch's endpoint reference and "Agent Traffic API integration" guide.
func scrunch(cfg *ScrunchConfig) *destination {
	d := &destination{
		name:        "scrunch",
		site:        cfg.SiteID,
		endpoint:    "https://webhooks.scrunchai.com",
		path:        "/v1/sites/" + url.PathEscape(cfg.SiteID) + "/platforms/custom/web-traffic",
		contentType: "application/x-ndjson",
		framing:     framing{separator: "\n", end: "\n"},
		secretKey:   "scrunch::api_key",
		fields:      []string{"domain", "user_agent", "url", "path", "method", "status_code", "timestamp", "response_time", "ip"},
		unused:      unusedByScrunch,
		encode:      scrunchEncoder(cfg.Domain),
	}
	d.setSecret("X-Api-Key", "", string(cfg.APIKey), cfg.APIKeyFile)
	return d
}

// unusedByScrunch are the facts of MCP, and the headers that identify neither the
// visitor nor the site.
var unusedByScrunch = fieldsWithin(mcpMethod, eventName).with(fieldsWithin(via, fieldCount)).without(setOf(hostHeader, signatureAgent))

// scrunchEncoder writes the fields of a visit in the order of the vendor's
// reference. It skips a visit that lacks a required field, because Scrunch would
// refuse the whole request. A configured domain also stands in for an unknown host.
func scrunchEncoder(domain string) func([]byte, *visit) encoded {
	return func(dst []byte, v *visit) encoded {
		site, origin := domain, v.host
		if site == "" {
			site = siteName(v.host)
		}
		if origin == "" {
			origin = domain
		}
		agent := strings.TrimSpace(v.text[userAgent])
		if skip := missingForScrunch(agent, v.status, site); skip != notSkipped {
			return encoded{bytes: dst, skip: skip}
		}
		dst, cut := scrunchAgent.append(append(append(append(dst, `{"domain":"`...), site...), '"'), agent, maxTextBytes, v.plain.has(userAgent))
		dst = append(dst, `,"url":"`...)
		dst = append(dst, v.scheme...)
		dst = append(dst, "://"...)
		dst = append(dst, origin...)
		dst = append(dst, v.path...)
		if v.query != "" {
			dst = append(append(dst, '?'), v.query...)
		}
		dst = append(dst, `","path":"`...)
		dst = append(dst, v.path...)
		dst = append(dst, `","method":"`...)
		dst = append(dst, v.method...)
		dst = appendStatus(append(dst, `","status_code":`...), v.status)
		dst = appendSeconds(append(dst, `,"timestamp":`...), v.start)
		if v.duration >= 0 && v.duration <= maxDuration {
			dst = appendMillis(append(dst, `,"response_time":`...), v.duration)
		}
		if v.clientIP != "" {
			dst = append(append(append(dst, `,"ip":"`...), v.clientIP...), '"')
		}
		return encoded{bytes: append(dst, '}'), cut: cut}
	}
}

var scrunchAgent = newMember("user_agent")

func missingForScrunch(agent string, status int, site string) skipReason {
	switch {
	case agent == "":
		return skipNoUserAgent
	case status == 0:
		return skipNoStatus
	case site == "":
		return skipNoHost
	}
	return notSkipped
}
