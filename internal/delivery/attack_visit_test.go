// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package delivery

import (
	"fmt"
	"math"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
)

// TestOneBadVisitNowAndThenSuffersAlone: 20 visits a second in batches of five seconds,
// one bad visit every half minute, for 12 minutes.
func TestOneBadVisitNowAndThenSuffersAlone(t *testing.T) {
	const batches, perBatch, badEvery, gap = 144, 100, 600, 50 * time.Millisecond
	for name, o := range objections {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSimulation(t, 30*time.Second)
				s.client.http.Transport = s.ledger.behind(o, 50*time.Millisecond)
				isBad := func(i int) bool { return i%badEvery == 333 }
				for k := range batches {
					<-time.After(perBatch * gap)
					s.push(t, numbered(k*perBatch, perBatch, isBad))
				}
				s.finish(t, batches*perBatch*(badEvery-1)/badEvery, batches*perBatch/badEvery, dropReasonOf(name))

				var delays []time.Duration
				for path, at := range s.ledger.arrived {
					delays = append(delays, at.Sub(s.begun.Add(time.Duration(number(path))*gap)))
				}
				slices.Sort(delays)
				p99 := delays[len(delays)*99/100]
				t.Log("p50", delays[len(delays)/2], "p99", p99, "most", delays[len(delays)-1])
				assert.Less(t, p99, 30*time.Second)
			})
		})
	}
}

// isThrottledFor reports whether an objection asks for a pause of so many seconds.
func isThrottledFor(name string) bool {
	return name == "429 with Retry-After" || name == "503 with Retry-After"
}

// TestThirtyBadVisitsAmongSixtyThousandSufferAlone has them wait in a queue, and 50
// seconds to deliver all others. An API that asks for a pause of two seconds with each
// bad body gets it.
func TestThirtyBadVisitsAmongSixtyThousandSufferAlone(t *testing.T) {
	const visits, bad, perBatch = 60_000, 30, 3_500
	for name, o := range objections {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSimulation(t, 30*time.Second)
				s.client.http.Transport = s.ledger.behind(o, 2*time.Millisecond)
				places := s.random.places(bad, visits)
				go func() {
					for i := 0; i < visits; i += perBatch {
						s.push(t, numbered(i, min(perBatch, visits-i), func(i int) bool { return places[i] }))
					}
				}()
				<-time.After(50 * time.Second)
				if isThrottledFor(name) {
					<-time.After(bad * 2400 * time.Millisecond)
				}
				arrived, _, _ := s.ledger.counts()
				assert.Equal(t, visits-bad, arrived)
				s.finish(t, visits-bad, bad, dropReasonOf(name))
			})
		})
	}
}

// TestATenthOfBadVisitsCostsAFewRequests: 200 visits a second for three minutes.
func TestATenthOfBadVisitsCostsAFewRequests(t *testing.T) {
	const batches, perBatch, mostPerVisit = 36, 1_000, 1.2
	for name, takes := range map[string]time.Duration{"413": time.Millisecond, "422": 100 * time.Millisecond} {
		t.Run(fmt.Sprint(name, " ", takes), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSimulation(t, 30*time.Second)
				s.client.http.Transport = s.ledger.behind(objections[name], takes)
				bad := s.random.places(batches*perBatch/10, batches*perBatch)
				for k := range batches {
					<-time.After(5 * time.Second)
					s.push(t, numbered(k*perBatch, perBatch, func(i int) bool { return bad[i] }))
				}
				others := s.trickle(t, batches*perBatch, func() bool { return len(s.consumers) > 0 })
				s.finish(t, batches*perBatch-len(bad)+others, len(bad), dropReasonOf(name))
				perVisit := float64(s.ledger.requests) / (batches * perBatch)
				t.Log("requests a visit", perVisit)
				assert.LessOrEqual(t, perVisit, mostPerVisit)
				tenAtOnce := time.Duration(s.ledger.requests) * takes / 10
				assert.Less(t, s.elapsed(), max(3*time.Minute, tenAtOnce)+90*time.Second)
			})
		})
	}
}

// TestRequestsForBadVisitsAreBounded states how many requests k bad visits of n cost,
// wherever they are: L = log2(n/k) halvings, with two requests each. A visit is asked at random
// when nothing is known: if that is one at fault, which is rare, it costs a few more.
func TestRequestsForBadVisitsAreBounded(t *testing.T) {
	const n, asked = 1_000, 4
	for name, bound := range map[string]func(k, halvings int) int{
		"413":     func(k, l int) int { return 2*k*l + 3*k + asked },
		"422":     func(k, l int) int { return 2*k*l + 3*k + asked },
		"403":     func(k, l int) int { return 2*k*l + 5*k + 10 + asked },
		"500":     func(k, l int) int { return 2*k*l + 5*k + 10 + asked },
		"a reset": func(k, l int) int { return 2*k*l + 5*k + 10 + asked },
		"429":     func(k, l int) int { return 2*k*l + 70*k + 20 + asked }, // each is tried 60 times
		"silence": func(k, l int) int { return 3*k*l + 5*k + 10 + asked },  // eighths, because each takes long
	} {
		for _, k := range []int{1, 3, 10, 100} {
			t.Run(fmt.Sprint(name, " ", k), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					worst := 0
					for seed := range uint64(4) {
						s := newSimulation(t, 30*time.Second)
						s.client.http.Transport = s.ledger.behind(objections[name], 2*time.Millisecond)
						bad := newRandom(seed).places(k, n)
						if seed == 0 {
							bad = run(n/2, k)
						}
						s.push(t, numbered(0, n, func(i int) bool { return bad[i] }))
						others := s.trickle(t, n, func() bool { return len(s.consumers) > 0 })
						s.finish(t, n-k+others, k, dropReasonOf(name))
						worst = max(worst, s.ledger.requests-others)
					}
					most := bound(k, int(math.Ceil(math.Log2(float64(n)/float64(k)))))
					t.Log(name, k, "of", n, "cost", worst, "of", most)
					assert.LessOrEqual(t, worst, most)
				})
			})
		}
	}
}

// TestAVisitIsTriedAsOftenAsThePageSays: docs/reliability.md has a table of tries. Three visits
// are at fault, one after the other.
func TestAVisitIsTriedAsOftenAsThePageSays(t *testing.T) {
	page := fixture.ReadFile(t, "docs/reliability.md")
	fixture.AssertMentions(t, page, "that the visit is at fault | 2 |", "say how often visits are tried")
	fixture.AssertMentions(t, page, "`Retry-After` | 60 or more |", "say how often visits are tried")
	fixture.AssertMentions(t, page, "fail: 12 for the first such visit, then 3 or more", "say how often visits are tried")
	for name, want := range map[string][]int64{
		"413": {2, 2, 2}, "422": {2, 2, 2}, "429": {60, 60, 60}, "503 with Retry-After": {60, 60, 60},
		"401": {12, 3, 3}, "403": {12, 3, 3}, "500": {12, 3, 3}, "a reset": {12, 3, 3}, "silence": {12, 3, 3}, "200 with a web page": {12, 3, 3},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				const n = 1_000
				s, others := newSimulation(t, 30*time.Second), len(want)*n
				s.client.http.Transport = s.ledger.behind(objections[name], 2*time.Millisecond)
				for i := range want {
					s.push(t, numbered(i*n, n, func(at int) bool { return at == i*n+n/2 }))
					end := s.elapsed() + 20*time.Minute // in which others are accepted
					others += s.trickle(t, others, func() bool { return len(s.consumers) > 0 || s.elapsed() < end })
				}
				s.finish(t, others-len(want), len(want), dropReasonOf(name))
				var tries []int64
				for _, line := range s.logs.FilterMessageSnippet("Dropping visits").All() {
					tries = append(tries, line.ContextMap()["tries"].(int64))
				}
				assert.Equal(t, want, tries)
			})
		})
	}
}

// trickle delivers a good visit every five seconds, beginning with the given number, as
// long as it is so. It returns how many they are.
func (s *simulation) trickle(t *testing.T, first int, isSo func() bool) (visits int) {
	t.Helper()
	for <-time.After(5 * time.Second); isSo(); <-time.After(5 * time.Second) {
		s.push(t, numbered(first+visits, 1, nothingBad))
		visits++
		<-time.After(time.Second)
	}
	return visits
}

// TestBadVisitsThatAreLeftAloneAreTriedSeldom: a hundred neighbours in a quiet night.
// With nothing else to send nobody knows whether it is they or the API.
func TestBadVisitsThatAreLeftAloneAreTriedSeldom(t *testing.T) {
	for name, o := range objections {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				const n, k = 1_000, 100
				s := newSimulation(t, 30*time.Second)
				s.client.http.Transport = s.ledger.behind(o, 2*time.Millisecond)
				bad := run(n/2, k)
				s.push(t, numbered(0, n, func(i int) bool { return bad[i] }))
				<-time.After(time.Hour)
				_, _, requests := s.ledger.counts()
				assert.LessOrEqual(t, requests, 20*k)
				others := s.trickle(t, n, func() bool { return len(s.consumers) > 0 })
				s.finish(t, n-k+others, k, dropReasonOf(name))
				assert.Less(t, s.elapsed(), time.Hour+15*time.Minute)
			})
		})
	}
}

// run are k places one after the other.
func run(first, k int) map[int]bool {
	places := map[int]bool{}
	for i := range k {
		places[first+i] = true
	}
	return places
}
