// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package delivery

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

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
		p.accepted(noon, 100_000, quick, 1, true)
	}
	return p
}

func TestPaceBeginsWithOneRequestAndFullBodies(t *testing.T) {
	p := newPace(30*time.Second, 10)
	assert.Equal(t, 1, p.underWay)
	assert.Equal(t, destination.MaxBodyBytes, p.bytes)
	p = newPace(30*time.Second, 0)
	p.accepted(noon, 100_000, quick, 1, true)
	assert.Equal(t, 1, p.underWay, "there is always one")
}

func TestQuickAnswersAddOneRequestEachUpToTheMost(t *testing.T) {
	p := newPace(30*time.Second, 10)
	for !p.isQuick() {
		p.accepted(noon, 100_000, quick, 1, true)
	}
	for want := p.underWay + 1; want <= 10; want++ {
		p.accepted(noon, 100_000, quick, 1, true)
		assert.Equal(t, want, p.underWay)
	}
	p.accepted(noon, 100_000, quick, 1, true)
	assert.Equal(t, 10, p.underWay)
}

func TestPaceGrowsWithoutATimeoutToo(t *testing.T) {
	p := newPace(0, 10)
	for range 9 {
		p.accepted(noon, 100_000, time.Second, 1, true)
	}
	assert.Equal(t, 10, p.underWay)
}

func TestAnswersThatAreNeitherQuickNorLateChangeNothing(t *testing.T) {
	p := grown()
	for range 20 {
		p.accepted(noon, 100_000, slow, 1, true)
	}
	was := p.underWay
	p.accepted(noon, 100_000, slow, 1, true)
	assert.Equal(t, was, p.underWay)
	assert.Equal(t, destination.MaxBodyBytes, p.bytes)
}

func TestLateAnswersHalveTheRequestsAndThenTheBodies(t *testing.T) {
	p := grown()
	for range 4 { // until the smoothed time is not quick any more
		p.typicalTime = late
		p.accepted(noon, 100_000, late, 1, true)
	}
	assert.Equal(t, 1, p.underWay, "10, 5, 2, 1")
	assert.Equal(t, destination.MaxBodyBytes/2, p.bytes)
	for range 20 {
		p.accepted(noon, 100_000, late, 1, true)
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
	for name, test := range map[string]struct {
		typical time.Duration
		want    int
	}{
		"nor of their number while answers come quickly": {time.Millisecond, 10},
		"but of their number while they come slowly":     {10 * time.Second, 5},
	} {
		t.Run(name, func(t *testing.T) {
			p := grown()
			p.typicalTime = test.typical
			p.timedOut(noon, 600<<10, false)
			assert.Equal(t, test.want, p.underWay)
			assert.Equal(t, destination.MaxBodyBytes, p.bytes)
		})
	}
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

	p.accepted(noon.Add(29*time.Second), 100_000, quick, 1, true)
	assert.Equal(t, 128<<10, p.bytes, "it lasts 30 s")
	for at := 30; p.bytes < destination.MaxBodyBytes; at++ {
		was := p.bytes
		p.accepted(noon.Add(time.Duration(at)*time.Second), 100_000, quick, 1, true)
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

func TestPaceGrowsOnlyWhileSomethingWaits(t *testing.T) {
	p := newPace(30*time.Second, 10)
	for range 100 {
		p.accepted(noon, 100_000, quick, 1, false)
	}
	assert.Equal(t, 1, p.underWay, "quick answers to small bodies now and then say nothing of a backlog")
}

// rounds answers as many requests as may be under way, again and again. A request takes
// what takes says of their number.
func (p *pace) rounds(count int, takes func(together int) time.Duration) {
	for i := range count {
		now, together := noon.Add(time.Duration(i)*time.Minute), p.underWay
		for range together {
			p.accepted(now, 100_000, takes(together), together, true)
		}
	}
}

// TestRequestsThatWaitForEachOtherAreFewer: an API that answers one after the other, and a
// slow line, take longer with each request under way.
func TestRequestsThatWaitForEachOtherAreFewer(t *testing.T) {
	inTurn := func(together int) time.Duration { return time.Duration(together) * 3 * time.Second }
	p := newPace(30*time.Second, 10)
	p.rounds(1, inTurn)
	assert.Equal(t, 2, p.underWay, "one more tries it")
	p.rounds(1, inTurn)
	assert.Equal(t, 1, p.underWay, "two take twice as long")
	for range 8 {
		p.accepted(noon.Add(29*time.Second), 100_000, 3*time.Second, 1, true)
	}
	assert.Equal(t, 1, p.underWay, "that lasts 30 s")
	for range 2 {
		p.underWay = 4
		p.rounds(3, inTurn)
		assert.Equal(t, 1, p.underWay)
	}
}

// TestSlowRequestsThatDoNotWaitForEachOtherAreMore: an API that is slow, but to all at once.
func TestSlowRequestsThatDoNotWaitForEachOtherAreMore(t *testing.T) {
	p := newPace(30*time.Second, 10)
	p.rounds(9, func(int) time.Duration { return 7 * time.Second })
	assert.Equal(t, 10, p.underWay)

	p = newPace(30*time.Second, 10)
	p.rounds(9, func(int) time.Duration { return 8 * time.Second })
	assert.Equal(t, 1, p.underWay, "not if two could take more than half of the timeout")

	p = newPace(30*time.Second, 10)
	p.rounds(40, func(together int) time.Duration { return 4 * time.Second * time.Duration(max(together, 4)) / 4 })
	assert.GreaterOrEqual(t, p.underWay, 4, "an API that takes four at once")
	assert.LessOrEqual(t, p.underWay, 6)
}

// TestAnAPIThatBecomesSlowIsLearnedAnew: it takes 50 ms, then six seconds, but to all at once.
func TestAnAPIThatBecomesSlowIsLearnedAnew(t *testing.T) {
	p := grown()
	p.rounds(40, func(int) time.Duration { return 6 * time.Second })
	assert.Equal(t, 10, p.underWay)
}

func TestOnlyRequestsThatUseUpTheLimitTellOfIt(t *testing.T) {
	p := newPace(30*time.Second, 10)
	p.rounds(4, func(int) time.Duration { return 3 * time.Second })
	was := p.underWay
	require.Greater(t, was, 2)
	for range 100 {
		p.accepted(noon.Add(time.Hour), 100_000, 3*time.Second, was-1, true)
	}
	assert.Equal(t, was, p.underWay)
}

func TestARequestIsLateFarAfterOthersAndWhatItsBytesNeed(t *testing.T) {
	p := grown()
	p.typicalTime = 100 * time.Millisecond
	assert.Equal(t, 1900*time.Millisecond, p.lateAfter(p.typicalTime, 0))
	assert.Equal(t, 3900*time.Millisecond, p.lateAfter(p.typicalTime, 1_000_000), "a slow line carries 500 kB a second")
	p.typicalTime = 2 * time.Second
	assert.Equal(t, 9500*time.Millisecond, p.lateAfter(p.typicalTime, 0))
}

func TestARequestOnASlowLineIsLateAfterWhatItsBytesNeedThere(t *testing.T) {
	p := newPace(30*time.Second, 10)
	p.accepted(noon, 5_000, 50*time.Millisecond, 1, true) // 100 kB a second
	p.typicalTime = 50 * time.Millisecond
	assert.Equal(t, 1700*time.Millisecond+5*time.Second, p.lateAfter(p.typicalTime, 500_000))
	assert.Equal(t, 1700*time.Millisecond+10*time.Second, p.lateAfter(p.typicalTime, 1_000_000))
	p.timeout = 10 * time.Second
	assert.Equal(t, 1700*time.Millisecond+5*time.Second, p.lateAfter(p.typicalTime, 1_000_000), "or half of the timeout")
	p.timeout = 30 * time.Second

	p.accepted(noon, 1_000_000, time.Second, 1, true)
	p.typicalTime = 50 * time.Millisecond
	assert.Equal(t, 3700*time.Millisecond, p.lateAfter(p.typicalTime, 1_000_000), "a larger body shows that it is not the line")
	for range 100 {
		p.accepted(noon, 5_000, 50*time.Millisecond, 1, true)
	}
	p.typicalTime = 50 * time.Millisecond
	assert.Greater(t, p.lateAfter(p.typicalTime, 1_000_000), 10*time.Second, "it is learned anew")
}

// TestRequestsThatTakeSecondsBesideEachOtherAreNoMore though a sixteenth of the timeout is more.
func TestRequestsThatTakeSecondsBesideEachOtherAreNoMore(t *testing.T) {
	p := newPace(time.Minute, 10)
	p.rounds(10, func(together int) time.Duration { return time.Duration(together) * 1200 * time.Millisecond })
	assert.LessOrEqual(t, p.underWay, 2)
}
