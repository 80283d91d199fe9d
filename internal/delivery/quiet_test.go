// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package delivery

import (
	"bytes"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/agentvisits/agentvisitsexporter/internal/telemetry"
)

// TestAnOutageLosesNothingThoughNothingElseIsSent: the visit /2 fails first when the
// visit before it is accepted. So it looks as if it were at fault. An answer that says so
// is believed.
func TestAnOutageLosesNothingThoughNothingElseIsSent(t *testing.T) {
	for name, o := range objections {
		switch name[:3] {
		case "400", "413", "418", "422":
			continue
		}
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSimulation(t, 30*time.Second)
				isDown := func() bool { return s.elapsed() > 1010*time.Millisecond && s.elapsed() < 3*time.Hour }
				s.client.http.Transport = transport(func(r *http.Request) (*http.Response, error) {
					<-time.After(50 * time.Millisecond)
					return s.ledger.unless(isDown, o, s.ledger.behind(o, 0))(r)
				})
				s.push(t, numbered(0, 1, nothingBad))
				<-time.After(940 * time.Millisecond)
				s.push(t, numbered(1, 1, nothingBad))
				<-time.After(40 * time.Millisecond)
				s.push(t, numbered(2, 1, nothingBad))
				s.finish(t, 3, 0, telemetry.DropRejected)
			})
		})
	}
}

// TestAnOutageOfThreeDaysDropsNoVisitThatFailedBefore: while nothing else is sent, nothing tells whether the
// visit or the API is at fault. Of what says that the visit is at fault, two answers are believed.
func TestAnOutageOfThreeDaysDropsNoVisitThatFailedBefore(t *testing.T) {
	for name, o := range objections {
		switch name[:3] {
		case "400", "413", "418", "422":
			continue
		}
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSimulation(t, 30*time.Second)
				s.assertRecovers(t, o, 50*time.Millisecond, 72*time.Hour)
			})
		})
	}
}

// TestAVisitThatFailedAloneIsTriedUntilItsTimeIsOver: its waits grow with the time that it has.
func TestAVisitThatFailedAloneIsTriedUntilItsTimeIsOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSimulation(t, 30*time.Second)
		s.settings.Retry.MaxElapsedTime = 15 * time.Minute // the least
		s.assertRecovers(t, withStatus(http.StatusInternalServerError), 0, 13*time.Minute)
	})
}

// TestManyVisitsThatFailAloneAreNotTriedMoreOftenInAQuietTime than while others are accepted: more
// requests would only use up a limit.
func TestManyVisitsThatFailAloneAreNotTriedMoreOftenInAQuietTime(t *testing.T) {
	d := newTestDelivery(t)
	l := d.dispatcher.only
	l.suspects, l.record.accepted = make([]*body, 1_000), 2
	b := &body{lane: l, shipment: newShipment(t.Context(), d.Delivery, 1), suspicion: suspicion{tries: 9, waits: 9, quietWaits: 5, accepted: 1}}
	d.dispatcher.waitAlone(b, noon, 0)
	assert.Equal(t, noon.Add(1_000*apart), b.nextAt(3))
	assert.Equal(t, noon.Add(1_000*apart), b.nextAt(2), "nothing else was accepted")
}

// assertRecovers has a visit fail alone while others are accepted, and then everything until the API is well.
// It requires that all arrive.
func (s *simulation) assertRecovers(t *testing.T, o objection, takes, well time.Duration) {
	t.Helper()
	const begins = 3 * time.Second // the outage
	s.client.http.Transport = transport(func(r *http.Request) (*http.Response, error) {
		body, err := s.ledger.receive(r)
		if err != nil {
			return nil, err
		}
		<-time.After(takes)
		isFluke := s.elapsed() < begins && bytes.Contains(body, []byte("/poison"))
		if isDown := s.elapsed() > begins && s.elapsed() < well; isDown || isFluke {
			return o(r)
		}
		s.ledger.take(body)
		return withStatus(http.StatusOK)(r)
	})
	s.push(t, numbered(0, 1, func(int) bool { return true })) // not to blame: at last it is taken
	for i := range 20 {
		s.push(t, numbered(i+1, 1, nothingBad))
		<-time.After(100 * time.Millisecond)
	}
	s.finish(t, 21, 0, telemetry.DropRejected)
}
