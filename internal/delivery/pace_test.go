// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package delivery

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/agentvisits/agentvisitsexporter/internal/destination"
)

// quick, slow and late are times of answers, by a timeout of 30 s.
const (
	quick = 50 * time.Millisecond
	slow  = 10 * time.Second // neither quick nor a warning
	late  = 16 * time.Second // more than half of the timeout
)

var noon = time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)

// grown is a pace after many quick answers.
func grown() pace {
	p := newPace(30*time.Second, 10)
	for range 30 {
		p.accepted(noon, quick)
	}
	return p
}

func TestPaceBeginsWithOneRequestAndFullBodies(t *testing.T) {
	p := newPace(30*time.Second, 10)
	assert.Equal(t, 1, p.underWay)
	assert.Equal(t, destination.MaxBodyBytes, p.bytes)
	p = newPace(30*time.Second, 0)
	p.accepted(noon, quick)
	assert.Equal(t, 1, p.underWay, "there is always one")
}

func TestQuickAnswersAddOneRequestEachUpToTheMost(t *testing.T) {
	p := newPace(30*time.Second, 10)
	for !p.isQuick() {
		p.accepted(noon, quick)
	}
	for want := p.underWay + 1; want <= 10; want++ {
		p.accepted(noon, quick)
		assert.Equal(t, want, p.underWay)
	}
	p.accepted(noon, quick)
	assert.Equal(t, 10, p.underWay)
}

func TestPaceGrowsWithoutATimeoutToo(t *testing.T) {
	p := newPace(0, 10)
	for range 9 {
		p.accepted(noon, time.Second)
	}
	assert.Equal(t, 10, p.underWay)
}

func TestAnswersThatAreNeitherQuickNorLateChangeNothing(t *testing.T) {
	p := grown()
	for range 20 {
		p.accepted(noon, slow)
	}
	was := p.underWay
	p.accepted(noon, slow)
	assert.Equal(t, was, p.underWay)
	assert.Equal(t, destination.MaxBodyBytes, p.bytes)
}

func TestLateAnswersHalveTheRequestsAndThenTheBodies(t *testing.T) {
	p := grown()
	for range 4 { // until the smoothed time is not quick any more
		p.typicalTime = late
		p.accepted(noon, late)
	}
	assert.Equal(t, 1, p.underWay, "10, 5, 2, 1")
	assert.Equal(t, destination.MaxBodyBytes/2, p.bytes)
	for range 20 {
		p.accepted(noon, late)
	}
	assert.Equal(t, 128<<10, p.bytes, "no less")
	assert.Equal(t, 1, p.underWay)
}

func TestATimeoutHalvesTheRequestsAndTheBody(t *testing.T) {
	p := grown()
	p.timedOut(noon, 600<<10, true)
	assert.Equal(t, 5, p.underWay)
	assert.Equal(t, 300<<10, p.bytes)
	p.timedOut(noon, 600<<10, true)
	assert.Equal(t, 300<<10, p.bytes, "it says what is known already")
	p.timedOut(noon, 150<<10, true)
	p.timedOut(noon, 150<<10, true)
	assert.Equal(t, 128<<10, p.bytes, "no less")
	p.timedOut(noon, 20<<10, true)
	assert.Equal(t, 1, p.underWay)
}

func TestARequestThatWasCutOffSaysNothingOfItsBody(t *testing.T) {
	p := grown()
	p.timedOut(noon, 600<<10, false)
	assert.Equal(t, 5, p.underWay)
	assert.Equal(t, destination.MaxBodyBytes, p.bytes)
}

func TestASmallBodyThatTimesOutSaysNothingOfLargeOnes(t *testing.T) {
	p := grown()
	p.timedOut(noon, 128<<10, true)
	assert.Equal(t, destination.MaxBodyBytes, p.bytes)
}

func TestTheSizeOfBodiesIsUnlearned(t *testing.T) {
	p := grown()
	assert.True(t, p.shrinkTo(noon, 100), "less than two visits")
	assert.Equal(t, 128<<10, p.bytes)
	assert.False(t, p.shrinkTo(noon, 200<<10), "a limit only falls")

	p.accepted(noon.Add(29*time.Second), quick)
	assert.Equal(t, 128<<10, p.bytes, "it lasts 30 s")
	for at := 30; p.bytes < destination.MaxBodyBytes; at++ {
		was := p.bytes
		p.accepted(noon.Add(time.Duration(at)*time.Second), quick)
		assert.Equal(t, min(2*was, destination.MaxBodyBytes), p.bytes, "then it doubles")
	}
	assert.True(t, p.shrinkTo(noon.Add(time.Minute), 200<<10), "and is learned anew")
}

func TestAfterAPauseThereIsOneRequest(t *testing.T) {
	p := grown()
	p.begin()
	assert.Equal(t, 1, p.underWay)
	assert.Equal(t, destination.MaxBodyBytes, p.bytes)
}

// TestRequestsThatWaitForEachOtherAskForNoMore: an API that answers one after the
// other takes longer with each request under way.
func TestRequestsThatWaitForEachOtherAskForNoMore(t *testing.T) {
	p := newPace(16*time.Second, 10)
	for range 1_000 {
		p.accepted(noon, time.Duration(p.underWay)*900*time.Millisecond)
	}
	assert.LessOrEqual(t, p.underWay, 3)
}

func TestARequestIsLateFarAfterOthersAndWhatItsBytesNeed(t *testing.T) {
	p := grown()
	p.typicalTime = 100 * time.Millisecond
	assert.Equal(t, 1900*time.Millisecond, p.lateAfter(0))
	assert.Equal(t, 3900*time.Millisecond, p.lateAfter(1_000_000), "a slow line carries 500 kB a second")
	p.typicalTime = 2 * time.Second
	assert.Equal(t, 9500*time.Millisecond, p.lateAfter(0))
}
