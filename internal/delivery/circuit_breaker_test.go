// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package delivery

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"go.opentelemetry.io/collector/component"

	"github.com/agentvisits/agentvisitsexporter/internal/metadata"
)

func TestABreakerIsClosedAtFirst(t *testing.T) {
	b := breaker{}
	assert.Equal(t, circuitClosed, b.state(noon))
}

func TestAPauseEndsByTheClockAlone(t *testing.T) {
	b := breaker{}
	b.open(noon.Add(100*time.Second), false, false)
	assert.Equal(t, circuitOpen, b.state(noon))
	assert.Equal(t, circuitOpen, b.state(noon.Add(100*time.Second-1)))
	assert.Equal(t, circuitHalfOpen, b.state(noon.Add(100*time.Second)))
	assert.True(t, b.isPause, "until something is accepted")
	b.close()
	assert.Equal(t, circuitClosed, b.state(noon))
	assert.False(t, b.isPause)
}

func TestPausesInARowAreToldOnce(t *testing.T) {
	b := breaker{}
	b.open(noon, false, false)
	assert.True(t, b.tell())
	b.open(noon.Add(time.Minute), false, false)
	assert.False(t, b.tell())
	b.close()
	b.open(noon.Add(time.Hour), false, false)
	assert.True(t, b.tell())
	assert.EqualValues(t, 3, b.pauses)
}

func TestAFreshVisitEndsAPauseOnlyIfItTellsMore(t *testing.T) {
	b := breaker{}
	b.open(noon.Add(time.Minute), false, false)
	b.endForFresh()
	assert.Equal(t, circuitOpen, b.state(noon))
	b.freshFrom = noon
	b.endForFresh()
	assert.Equal(t, circuitHalfOpen, b.state(noon))
}

func TestALateAnswerCanLengthenAPauseAndNotShortenIt(t *testing.T) {
	b := breaker{}
	b.open(noon.Add(100*time.Second), false, false)
	b.freshFrom = noon
	b.lengthen(noon.Add(time.Second))
	assert.Equal(t, circuitOpen, b.state(noon.Add(99*time.Second)))
	b.lengthen(noon.Add(200 * time.Second))
	b.endForFresh()
	assert.Equal(t, circuitOpen, b.state(noon.Add(199*time.Second)), "nor does a fresh visit")
	b.close()
	b.lengthen(noon.Add(time.Hour))
	assert.Equal(t, circuitClosed, b.state(noon), "nor begin one")
}

func TestToAskIsNoPause(t *testing.T) {
	b := breaker{sendsWhole: true}
	b.halfOpen(noon)
	assert.Equal(t, circuitHalfOpen, b.state(noon))
	assert.False(t, b.isPause)
	assert.False(t, b.sendsWhole, "one visit is asked for")
	assert.Zero(t, b.pauses)
}

func TestPausesDifferByUpToAFifth(t *testing.T) {
	const pause = 100 * time.Second
	lengths := map[time.Duration]bool{}
	for range 100 {
		length := jitter(pause)
		assert.GreaterOrEqual(t, length, pause)
		assert.LessOrEqual(t, length, pause+pause/5)
		lengths[length] = true
	}
	assert.Greater(t, len(lengths), 50, "many Collectors do not come back together")
}

func TestAPauseCanBeAsShortAsAMoment(t *testing.T) {
	assert.Equal(t, time.Nanosecond, jitter(1))
}

func TestAnExporterStartsWithAClosedBreakerAfterAllWhoSharedTheLastHaveEnded(t *testing.T) {
	ds, id, set := NewDispatchers(), component.NewID(metadata.Type), &Settings{}
	first, second := ds.acquire(id, set), ds.acquire(id, set)
	assert.Same(t, first, second)
	assert.NotSame(t, first, ds.acquire(component.NewIDWithName(metadata.Type, "other"), set))
	ds.release(id)
	assert.Same(t, first, ds.acquire(id, set))
	ds.release(id)
	ds.release(id)
	assert.NotSame(t, first, ds.acquire(id, set))
}
