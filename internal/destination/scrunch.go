// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package destination

import (
	"net/url"
	"strings"

	"github.com/agentvisits/agentvisitsexporter/internal/uri"
	"github.com/agentvisits/agentvisitsexporter/internal/visit"
)

// Scrunch delivers to Scrunch's agent traffic API for custom platforms: POST
// to the site's own path with the site's key, one JSON object a line. Source:
// Scrunch's endpoint reference and "Agent Traffic API integration" guide.
func Scrunch(cfg *ScrunchConfig) *Destination {
	d := &Destination{
		Name:        "scrunch",
		site:        cfg.SiteID,
		Endpoint:    "https://webhooks.scrunchai.com",
		Path:        "/v1/sites/" + url.PathEscape(cfg.SiteID) + "/platforms/custom/web-traffic",
		ContentType: "application/x-ndjson",
		Framing:     Framing{Separator: "\n", End: "\n"},
		SecretKey:   "scrunch::api_key",
		Fields:      []string{"domain", "user_agent", "url", "path", "method", "status_code", "timestamp", "response_time", "ip"},
		Unused:      unusedByScrunch,
		Encode:      scrunchEncoder(cfg.Domain),
	}
	d.setSecret("X-Api-Key", "", string(cfg.APIKey), cfg.APIKeyFile)
	return d
}

// unusedByScrunch are the facts of MCP, and the headers that identify neither the
// visitor nor the site.
var unusedByScrunch = visit.FieldsWithin(visit.McpMethod, visit.EventName).With(visit.FieldsWithin(visit.Via, visit.FieldCount)).Without(visit.SetOf(visit.HostHeader, visit.SignatureAgent))

// scrunchEncoder writes the fields of a visit in the order of the vendor's
// reference. It skips a visit that lacks a required field, because Scrunch would
// refuse the whole request. A configured domain also stands in for an unknown host.
func scrunchEncoder(domain string) func([]byte, *visit.Visit) Encoded {
	return func(dst []byte, v *visit.Visit) Encoded {
		site, origin := domain, v.Host
		if site == "" {
			site = uri.SiteName(v.Host)
		}
		if origin == "" {
			origin = domain
		}
		agent := strings.TrimSpace(v.Text[visit.UserAgent])
		if skip := missingForScrunch(agent, v.Status, site); skip != visit.NotSkipped {
			return Encoded{Bytes: dst, Skip: skip}
		}
		dst, cut := scrunchAgent.append(append(append(append(dst, `{"domain":"`...), site...), '"'), agent, visit.MaxTextBytes, v.Plain.Has(visit.UserAgent))
		dst = append(dst, `,"url":"`...)
		dst = append(dst, v.Scheme...)
		dst = append(dst, "://"...)
		dst = append(dst, origin...)
		dst = append(dst, v.Path...)
		if v.Query != "" {
			dst = append(append(dst, '?'), v.Query...)
		}
		dst = append(dst, `","path":"`...)
		dst = append(dst, v.Path...)
		dst = append(dst, `","method":"`...)
		dst = append(dst, v.Method...)
		dst = appendStatus(append(dst, `","status_code":`...), v.Status)
		dst = appendSeconds(append(dst, `,"timestamp":`...), v.Start)
		if v.Duration >= 0 && v.Duration <= visit.MaxDuration {
			dst = appendMillis(append(dst, `,"response_time":`...), v.Duration)
		}
		if v.ClientIP != "" {
			dst = append(append(append(dst, `,"ip":"`...), v.ClientIP...), '"')
		}
		return Encoded{Bytes: append(dst, '}'), Cut: cut}
	}
}

var scrunchAgent = newMember("user_agent")

func missingForScrunch(agent string, status int, site string) visit.SkipReason {
	switch {
	case agent == "":
		return visit.SkipNoUserAgent
	case status == 0:
		return visit.SkipNoStatus
	case site == "":
		return visit.SkipNoHost
	}
	return visit.NotSkipped
}
