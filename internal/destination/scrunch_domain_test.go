// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package destination

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
	"github.com/agentvisits/agentvisitsexporter/internal/visit"
)

// TestADomainCompletesItsOwnVisitsAndSkipsThoseOfOtherSites: served is the host that the
// server names, claimed one that only the visitor names.
func TestADomainCompletesItsOwnVisitsAndSkipsThoseOfOtherSites(t *testing.T) {
	const other = "" // the visit is another site's
	for domain, hosts := range map[string]map[[2]string]string{
		"example.org": {
			// served, claimed: the URL's host
			{"example.org", ""}:                               "example.org",
			{"example.org:8443", ""}:                          "example.org:8443",
			{"www.example.org", ""}:                           "www.example.org",
			{"a.b.example.org", ""}:                           "a.b.example.org",
			{"www.example.com", ""}:                           other,
			{"www.example.com:8443", ""}:                      other,
			{"another-example.org", ""}:                       other,
			{"example.org.evil.test", ""}:                     other,
			{"xn--bcher-kva.example", ""}:                     other,
			{"", ""}:                                          "example.org",
			{"org", ""}:                                       "example.org",
			{"localhost:8080", ""}:                            "example.org",
			{"cart.shop.svc.cluster.local:8080", ""}:          "example.org",
			{"10.0.0.7:8080", ""}:                             "example.org",
			{"203.0.113.80", ""}:                              "example.org",
			{"198.51.100.7:8080", ""}:                         "example.org",
			{"[2a00:1450:4001:813::200e]:8080", ""}:           "example.org",
			{"", "example.org"}:                               "example.org",
			{"", "example.org:8443"}:                          "example.org:8443",
			{"", "www.example.org"}:                           "www.example.org",
			{"", "www.example.com"}:                           "example.org",
			{"", "another-example.org"}:                       "example.org",
			{"", "example.org.evil.test"}:                     "example.org",
			{"", "203.0.113.80"}:                              "example.org",
			{"", "[2001:db8::1]:8080"}:                        "example.org",
			{"web.internal", "www.example.com"}:               "example.org",
			{"web.internal", "shop.example.org"}:              "shop.example.org",
			{"10.0.0.7", "www.example.com"}:                   "example.org",
			{"cart.shop.svc.cluster.local", "example.com:80"}: "example.org",
		},
		"www.example.org": {
			{"www.example.org", ""}:       "www.example.org",
			{"a.www.example.org", ""}:     "a.www.example.org",
			{"example.org", ""}:           "example.org",
			{"example.org:8443", ""}:      "example.org:8443",
			{"shop.example.org", ""}:      other,
			{"notexample.org", ""}:        other,
			{"", "example.org"}:           "example.org",
			{"", "shop.example.org"}:      "www.example.org",
			{"web:8080", "www.evil.test"}: "www.example.org",
		},
		"": {
			{"www.example.com", ""}:             "www.example.com",
			{"10.0.0.7:8080", ""}:               "10.0.0.7:8080",
			{"", "www.example.com"}:             "www.example.com",
			{"web.internal", "www.example.com"}: "www.example.com",
		},
	} {
		d := Scrunch(&ScrunchConfig{SiteID: fixture.SiteID, APIKey: fixture.Key, Domain: domain})
		for host, want := range hosts {
			t.Run(domain+" "+host[0]+" "+host[1], func(t *testing.T) {
				v := usualVisit()
				v.Host, v.Served = host[0], host[0]
				if host[1] != "" {
					v.Host = host[1]
				}
				e := d.Encode([]byte("before"), v)
				if want == other {
					assert.Equal(t, visit.SkipOtherSite, e.Skip)
					assert.Equal(t, "before", string(e.Bytes), "the buffer is as it was")
					return
				}
				require.Equal(t, visit.NotSkipped, e.Skip)
				stored := send(t, d, bodyOf(d, string(e.Bytes[len("before"):])))[0].Scrunch
				if domain != "" {
					assert.Equal(t, domain, stored.Domain)
				}
				assert.Equal(t, "https://"+want+"/guides/llamas?utm_source=chatgpt.com", stored.URL)
			})
		}
	}
}

func TestADomainCostsNoAllocation(t *testing.T) {
	if fixture.RaceDetector {
		t.Skip("the race detector allocates")
	}
	encode, buffer := scrunchEncoder("example.org"), make([]byte, 0, visit.MaxVisitBytes)
	for _, host := range []string{"shop.example.org", "www.example.com", "cart.svc:8080", "10.0.0.7:8080", ""} {
		t.Run(host, func(t *testing.T) {
			v := usualVisit()
			v.Host, v.Served = host, host
			assert.Zero(t, testing.AllocsPerRun(100, func() { encode(buffer, v) }))
		})
	}
}
