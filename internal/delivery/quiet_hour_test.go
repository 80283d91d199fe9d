// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package delivery

import (
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fakeapi"
	"github.com/agentvisits/agentvisitsexporter/internal/telemetry"
)

// TestAnOutageThatBeginsInAQuietHourCostsNoVisit: after a failure the API takes one
// visit, and then nothing for an hour. No others come, so nothing more is known.
func TestAnOutageThatBeginsInAQuietHourCostsNoVisit(t *testing.T) {
	for _, status := range []int{400, 401, 403, 413, 422, 429, 500, 503} {
		t.Run(strconv.Itoa(status), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := newTestDelivery(t)
				d.api.Script(fakeapi.KnownAgents, fakeapi.Step{Status: 500}, fakeapi.Step{}, fakeapi.Step{Status: status, Times: fakeapi.Forever})
				ended := make(chan error)
				go func() { ended <- d.Push(t.Context(), newBatch(4)) }()
				<-time.After(time.Hour)
				d.api.ClearScript(fakeapi.KnownAgents)
				require.NoError(t, <-ended)
				assert.Len(t, d.arrived(), 4)
				assert.Zero(t, d.dropped(t, telemetry.DropRejected))
			})
		})
	}
}
