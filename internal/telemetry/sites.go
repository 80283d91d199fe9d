// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package telemetry

import (
	"context"
	"sync"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
)

// Fate says what became of a visit of one of several sites.
type Fate uint8

// The fates.
const (
	SiteSent    Fate = iota // the API accepted it
	SiteDropped             // it is lost
	SiteSkipped             // the site's API does not take it
	fateCount
)

// fates are the values of the metric attribute "fate".
var fates = [fateCount]string{SiteSent: "sent", SiteDropped: "dropped", SiteSkipped: "skipped"}

// siteCounts counts the visits of each site.
type siteCounts struct {
	areTold func() bool
	series  sync.Map // of siteFate to []metric.AddOption
}

type siteFate struct {
	site string
	fate Fate
}

// TellSites has the visits of each site counted while areTold says so. Without it none are. It
// comes before the first count.
func (c *Counters) TellSites(areTold func() bool) { c.sites.areTold = areTold }

// OfSite counts visits of a site, which is named by its first host.
func (c *Counters) OfSite(ctx context.Context, site string, fate Fate, visits int) {
	if c.sites.areTold == nil || !c.sites.areTold() {
		return
	}
	key := siteFate{site, fate}
	series, known := c.sites.series.Load(key)
	if !known {
		series, _ = c.sites.series.LoadOrStore(key, []metric.AddOption{metric.WithAttributeSet(attribute.NewSet(append(c.attributes.ToSlice(),
			attribute.String("site", site), attribute.String("fate", fates[fate]))...))})
	}
	c.builder.ExporterAgentVisitsBySite.Add(ctx, int64(visits), series.([]metric.AddOption)...)
}
