// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/agentvisits/agentvisitsexporter/internal/arrivals"
	"github.com/agentvisits/agentvisitsexporter/internal/visit"
)

// printedOf is what a run prints of an exporter within two hours, in whose first minute a chunk
// comes in which so many lines are skipped and so many are visits.
func printedOf(t *testing.T, visits int, skipped int64) string {
	t.Helper()
	var printed bytes.Buffer
	synctest.Test(t, func(*testing.T) {
		log := arrivals.NewLog(newProgress(&printed).logger())
		log.Start()
		log.Count(visits, &[visit.SkipReasonCount]int64{visit.SkipNoHost: skipped})
		<-time.After(2 * time.Hour)
		log.Stop()
	})
	return printed.String()
}

// TestARunSaysNothingOfAnExporterThatWaitsForLines: some have nothing to do while others wait
// for the API, and there is no receiver to be checked.
func TestARunSaysNothingOfAnExporterThatWaitsForLines(t *testing.T) {
	assert.Empty(t, printedOf(t, 0, 0), "it got no line")
	assert.Empty(t, printedOf(t, 1, 0), "it got no more")
}

func TestARunSaysThatNoLineIsAVisit(t *testing.T) {
	assert.Contains(t, printedOf(t, 0, 1), "None of the telemetry is a visit. Scrunch requires a domain.")
}
