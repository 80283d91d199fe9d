// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package delivery

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
)

// TestSitesThatAreIllHoldNoOtherUp though the API answers nothing else for a while, as visits
// come for the ill ones alone.
func TestSitesThatAreIllHoldNoOtherUp(t *testing.T) {
	const sites, rounds = 48, 30
	for name, c := range map[string]struct {
		isIll func(site int) bool
		alone int // rounds before the others have visits
	}{
		"one":                {func(site int) bool { return site == 7 }, 0},
		"a quarter":          {func(site int) bool { return site%4 == 3 }, 0},
		"one that is alone":  {func(site int) bool { return site == 7 }, 40},
		"two that are alone": {func(site int) bool { return site == 7 || site == 8 }, 40},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var ill []int
				tokens := map[string]bool{}
				for i := range sites {
					if c.isIll(i) {
						ill = append(ill, i)
						tokens[tokenOf(i)] = true
					}
				}
				var a *agency
				a = newAgency(t, sites, func(token string) objection {
					if tokens[token] && a.elapsed() < time.Hour {
						return objections["500"]
					}
					return nil
				})
				for k := range c.alone {
					a.batches <- a.flush(k, 1, ill...)
					<-time.After(time.Second)
				}
				for k := range rounds {
					a.batches <- a.flush(c.alone+k, 1, upTo(sites)...)
					<-time.After(5 * time.Second)
				}
				assert.Less(t, a.elapsed(), 10*time.Minute, "nothing waits for those that are ill")
				<-time.After(time.Minute)
				for i := range sites {
					if !c.isIll(i) {
						assert.Equal(t, rounds, a.arrivedOf(t, i), "of site %d", i)
					}
				}
				<-time.After(80 * time.Minute)
				for _, i := range ill {
					assert.Equal(t, c.alone+rounds, a.arrivedOf(t, i), "all that waited")
				}
				assert.Empty(t, a.dropped)
				a.end(t)
			})
		})
	}
}

// TestAnOutageEndsForSitesThatAreWellThoughMostAreIll has three of four sites fail before,
// during and after an outage of the API.
func TestAnOutageEndsForSitesThatAreWellThoughMostAreIll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const sites, ill, begins, ends = 48, 36, time.Minute, 3 * time.Minute
		isIll := map[string]bool{}
		for i := range ill {
			isIll[tokenOf(i)] = true
		}
		var a *agency
		a = newAgency(t, sites, func(token string) objection {
			if isDown := a.elapsed() > begins && a.elapsed() < ends; isDown || isIll[token] {
				return objections["500"]
			}
			return nil
		})
		rounds := 0
		for ; a.elapsed() < ends; rounds++ {
			a.batches <- a.flush(rounds, 1, upTo(sites)...)
			<-time.After(5 * time.Second)
		}
		<-time.After(20 * time.Minute)
		for i := ill; i < sites; i++ {
			assert.Equal(t, rounds, a.arrivedOf(t, i), "of site %d", i)
		}
		a.end(t)
	})
}

// TestRequestsThatFailLateSayNothingOfTheAPI if it has answered another site meanwhile: as many
// sites as are an outage fail together, long after they were asked.
func TestRequestsThatFailLateSayNothingOfTheAPI(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const sites, ill, warm = 24, 12, 10
		isIll := map[string]bool{}
		a := newAgency(t, sites, func(token string) objection {
			if isIll[token] {
				return func(r *http.Request) (*http.Response, error) {
					<-time.After(5 * time.Second)
					return withStatus(http.StatusInternalServerError)(r)
				}
			}
			return nil
		})
		for k := range warm { // so that there are as many requests at a time as there may be
			a.batches <- a.flush(k, 1, upTo(sites)...)
			<-time.After(time.Second)
		}
		for i := range ill {
			isIll[tokenOf(i)] = true
		}
		a.batches <- a.flush(warm, 1, upTo(ill)...)
		<-time.After(2 * time.Second)
		a.batches <- a.flush(warm, 1, sites-1)
		<-time.After(4 * time.Second)
		assert.Equal(t, warm+1, a.arrivedOf(t, sites-1))
		assert.False(t, a.dispatcher.isPaused())
		a.batches <- a.flush(warm+1, 1, sites-1)
		<-time.After(time.Second)
		assert.Equal(t, warm+2, a.arrivedOf(t, sites-1), "nothing waits for those that are ill")
		a.end(t)
	})
}
