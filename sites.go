// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import (
	"go.uber.org/zap"

	"github.com/agentvisits/agentvisitsexporter/internal/destination"
	"github.com/agentvisits/agentvisitsexporter/internal/privacy"
	"github.com/agentvisits/agentvisitsexporter/internal/queue"
	"github.com/agentvisits/agentvisitsexporter/internal/sites"
	"github.com/agentvisits/agentvisitsexporter/internal/visit"
)

// sitesOf are the sites of an exporter. The exporters for traces and for logs share several.
func sitesOf(cfg *Config, to *destination.Destination, shared *sites.Registries, logger *zap.Logger) (*sites.Registry, error) {
	if several := cfg.sites(); several != nil {
		return shared.Get(cfg, several, logger)
	}
	to.WatchSecret(secretLog{logger}.changed)
	return sites.One(destination.NewSite(to, "")), nil
}

// encodingOf is the form in which the visits of all sites wait on a disk.
func encodingOf(of *sites.Registry, to *destination.Destination, unreadable func(err error, visits int)) queue.Encoding {
	if site := of.Only(); site != nil {
		return queue.NewEncoding(site, unreadable)
	}
	return queue.NewSitesEncoding(to, of, unreadable)
}

// encoderOf encodes visits that wait, each for its site.
func encoderOf(of *sites.Registry) func(to *queue.Shares, v *visit.Visit) bool {
	return func(shares *queue.Shares, v *visit.Visit) bool {
		site, to := siteAndDestination(of, v)
		if to == nil {
			return false
		}
		lines, ok := to.EncodeLine(shares.Buffer(), v)
		if ok {
			shares.Add(site, lines)
		}
		return ok
	}
}

// siteAndDestination is the site of a visit and how it is delivered, which is nil if no site has
// the visit's host, or if the site has just been removed.
func siteAndDestination(of *sites.Registry, v *visit.Visit) (*destination.Site, *destination.Destination) {
	site := of.Choose(v)
	if site == nil {
		return nil, nil
	}
	return site, site.Destination()
}

// encode adds a visit to those of its site, or says why it does not.
func (s *scratch) encode(v *visit.Visit) visit.SkipReason {
	site, to := siteAndDestination(s.intake.sites, v)
	if to == nil {
		s.intake.strays.Add(v.Served)
		return visit.SkipNoSite
	}
	e := to.Encode(s.shares.Buffer(), v)
	if e.Skip != visit.NotSkipped {
		if s.skippedOf != nil {
			s.skippedOf[site]++
		}
		return e.Skip
	}
	s.shares.Add(site, append(e.Bytes, s.separator...))
	h := privacy.HeadersOf(v)
	s.tally.Add(&h, v.Status)
	if e.Cut || v.Cut {
		s.truncated++
	}
	return visit.NotSkipped
}

// more is what an explanation shows besides the item.
func (in *intake) more(reason visit.SkipReason) []zap.Field {
	if reason != visit.SkipNoSite {
		return nil
	}
	return []zap.Field{zap.Strings("frequent_hosts", in.strays.Frequent())}
}
