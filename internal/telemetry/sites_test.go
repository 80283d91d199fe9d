// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package telemetry

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
)

func TestSitesAreToldApartWhileTheyAreFew(t *testing.T) {
	c, meters := newCounters(t)
	few := true
	c.TellSites(func() bool { return few })
	c.OfSite(t.Context(), "a.example", SiteSent, 3)
	c.OfSite(t.Context(), "a.example", SiteDropped, 1)
	c.OfSite(t.Context(), "b.example", SiteSent, 2)
	few = false
	c.OfSite(t.Context(), "b.example", SiteSent, 2)
	bySite := fixture.ExporterMetric("by_site")
	assert.EqualValues(t, 3, fixture.Sum(t, meters, bySite, "site", "a.example", "fate", "sent"))
	assert.EqualValues(t, 1, fixture.Sum(t, meters, bySite, "site", "a.example", "fate", "dropped"))
	assert.EqualValues(t, 2, fixture.Sum(t, meters, bySite, "site", "b.example"))
}

func TestAnExporterWithOneSiteHasNoSeriesForIt(t *testing.T) {
	c, meters := newCounters(t)
	c.OfSite(t.Context(), "", SiteSent, 3)
	_, err := meters.GetMetric(fixture.ExporterMetric("by_site"))
	assert.Error(t, err)
}
