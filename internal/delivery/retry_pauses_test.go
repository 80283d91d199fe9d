// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package delivery

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"go.opentelemetry.io/collector/config/configretry"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
)

// TestPausesOfRetriesGrowAndAreUpToHalfShorterOrLonger as the last row of the table of
// answers says.
func TestPausesOfRetriesGrowAndAreUpToHalfShorterOrLonger(t *testing.T) {
	fixture.AssertMentions(t, fixture.ReadFile(t, "docs/delivery.md"), "5 seconds, growing to 30, each up to half shorter or longer", "say how long pauses are")
	const tries = 10
	var shortest, longest [tries]float64 // as a part of the pause without chance
	for range 1000 {
		retries, mean := newBackOff(configretry.NewDefaultBackOffConfig()), 5*time.Second
		for i := range tries {
			part := float64(retries.NextBackOff()) / float64(mean)
			if shortest[i] == 0 || part < shortest[i] {
				shortest[i] = part
			}
			longest[i] = max(longest[i], part)
			mean = min(mean*3/2, 30*time.Second)
		}
	}
	for i := range tries {
		assert.InDelta(t, 0.55, shortest[i], 0.051, "pause %d", i+1)
		assert.InDelta(t, 1.45, longest[i], 0.051, "pause %d", i+1)
	}
}
