// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package delivery

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
)

// TestNoNumberOfBadBodiesHoldsUpTheGoodOnesBehind: after one good visit come bodies of bad
// ones alone, more than there are consumers, and then good ones.
func TestNoNumberOfBadBodiesHoldsUpTheGoodOnesBehind(t *testing.T) {
	const goodBodies, perBody = 20, 10
	for name, o := range objections {
		for _, bodies := range []int{18, 40, 200} {
			for _, perBad := range []int{1, 5} {
				t.Run(fmt.Sprint(name, " ", bodies, " of ", perBad), func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) {
						s := newSimulation(t, 30*time.Second)
						s.client.http.Transport = s.ledger.behind(o, 20*time.Millisecond)
						s.push(t, numbered(0, 1, nothingBad))
						<-time.After(time.Second)
						isBad := func(i int) bool { return i > 0 && i <= bodies*perBad }
						go func() {
							for i := range bodies {
								s.push(t, numbered(1+i*perBad, perBad, isBad))
							}
							for i := range goodBodies {
								s.push(t, numbered(1+bodies*perBad+i*perBody, perBody, isBad))
							}
						}()
						good := 1 + goodBodies*perBody
						for arrived := 0; arrived < good && s.elapsed() < time.Hour; arrived, _, _ = s.ledger.counts() {
							<-time.After(time.Second)
						}
						_, _, requests := s.ledger.counts()
						t.Log("good delivered after", s.elapsed(), "requests", requests)
						assert.Less(t, s.elapsed(), limitFor(name))
						others := s.trickle(t, 1+bodies*perBad+goodBodies*perBody, s.isBusy)
						t.Log("all settled after", s.elapsed(), "requests", s.ledger.requests)
						s.finish(t, good+others, bodies*perBad, dropReasonOf(name))
					})
				})
			}
		}
	}
}

// limitFor is how long the good ones may take. Silence needs some timeouts, and an API that asks for a pause gets one for
// each body that it asks it for.
func limitFor(objection string) time.Duration {
	switch {
	case isThrottledFor(objection), objection == "429":
		return 8 * time.Minute
	case objection == "silence":
		return 150 * time.Second
	}
	return 80 * time.Second
}
