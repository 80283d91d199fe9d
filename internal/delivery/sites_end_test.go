// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package delivery

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
)

// TestAtTheEndAPausedSiteTakesNoOthersWithIt: what the queue gives out at the end has visits
// of a site whose pause outlasts the end, and of others, which take theirs.
func TestAtTheEndAPausedSiteTakesNoOthersWithIt(t *testing.T) {
	for name, keeper := range map[string]keeper{"memory": keptInMemory, "disk": keptOnDisk} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				const sites, ill = 10, 3
				a := newAgency(t, sites, func(token string) objection {
					if token == tokenOf(ill) {
						return objections["401"]
					}
					return nil
				})
				a.keeper = keeper
				a.batches <- a.flush(0, 1, upTo(sites)...)
				<-time.After(5 * time.Second)
				a.BeginShutdown()
				a.batches <- a.flush(1, 1, upTo(sites)...)
				<-time.After(5 * time.Second)
				for i := range sites {
					if i != ill {
						assert.Equal(t, 2, a.arrivedOf(t, i), "of site %d", i)
					}
				}
				a.end(t)
			})
		})
	}
}

// TestAShutdownSoonAfterALineNamesTheSitesThatFailedSince.
func TestAShutdownSoonAfterALineNamesTheSitesThatFailedSince(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAgency(t, 3, func(token string) objection {
			if token == tokenOf(2) {
				return nil
			}
			return objections["401"]
		})
		for site := range 3 {
			a.batches <- a.flush(0, 1, site)
			<-time.After(time.Second)
		}
		lines := func() int { return a.logs.FilterMessage(lineOnFailures).Len() }
		assert.Equal(t, 1, lines())
		a.end(t)
		assert.Equal(t, 2, lines())
	})
}

// TestWithoutRetriesAFailureOfOneSiteLosesItsOwnVisitsAlone.
func TestWithoutRetriesAFailureOfOneSiteLosesItsOwnVisitsAlone(t *testing.T) {
	for _, name := range []string{"401", "429", "500", "a reset"} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				const sites, ill = 40, 0
				a := newAgency(t, sites, func(token string) objection {
					if token == tokenOf(ill) {
						return objections[name]
					}
					return nil
				})
				a.settings.Retry.Enabled = false
				a.batches <- a.flush(0, 1, upTo(sites)...)
				<-time.After(time.Minute)
				for i := range sites {
					if i != ill {
						assert.Equal(t, 1, a.arrivedOf(t, i), "of site %d", i)
					}
				}
				a.end(t)
			})
		})
	}
}

// TestNothingIsSentForARemovedSite, whose key may be unknown: the fixture fails if a request
// has none.
func TestNothingIsSentForARemovedSite(t *testing.T) {
	for name, ends := range map[string]bool{"while others are": false, "at the end": true} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				a := newAgency(t, 3, func(string) objection { return nil })
				if ends {
					a.BeginShutdown()
				}
				removed := a.flush(0, 1, upTo(3)...)
				a.sites[1].Replace(nil)
				a.SitesChanged()
				a.batches <- removed
				<-time.After(5 * time.Second)
				assert.Equal(t, 1, a.arrivedOf(t, 0))
				assert.Equal(t, 0, a.arrivedOf(t, 1))
				assert.Equal(t, 1, a.arrivedOf(t, 2))
				a.end(t)
			})
		})
	}
}

// TestASiteThatIsRemovedWhileItsVisitsWaitIsNotSentTo.
func TestASiteThatIsRemovedWhileItsVisitsWaitIsNotSentTo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		isDown := true
		a := newAgency(t, 3, func(string) objection {
			if isDown {
				return objections["500"]
			}
			return nil
		})
		a.batches <- a.flush(0, 1, 0)
		<-time.After(2 * time.Minute)
		a.batches <- a.flush(1, 1, 1)
		<-time.After(time.Millisecond)
		before := a.ledgers[tokenOf(1)].requests
		a.sites[1].Replace(nil)
		a.SitesChanged()
		isDown = false
		<-time.After(5 * time.Minute)
		assert.Equal(t, 1, a.arrivedOf(t, 0))
		assert.Equal(t, before, a.ledgers[tokenOf(1)].requests)
		a.sites[1].Replace(destinationOf(1))
		a.lot.SitesChanged(t.Context())
		a.SitesChanged()
		<-time.After(5 * time.Minute)
		assert.Equal(t, 1, a.arrivedOf(t, 1))
		a.end(t)
	})
}
