// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package delivery

import (
	"fmt"
	"math"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agentvisits/agentvisitsexporter/internal/telemetry"
)

// objections are all ways in which something before the API can object to a body.
var objections = map[string]objection{
	"200 with a web page":  withStatus(200, "Content-Type", "text/html"),
	"301":                  withStatus(301, "Location", "https://example.com/"),
	"400":                  withStatus(400),
	"401":                  withStatus(401),
	"403":                  withStatus(403),
	"403 with Retry-After": withStatus(403, "Retry-After", "2"),
	"500 with Retry-After": withStatus(500, "Retry-After", "2"),
	"404":                  withStatus(404),
	"413":                  withStatus(413),
	"418":                  withStatus(418),
	"422":                  withStatus(422),
	"429":                  withStatus(429),
	"429 with Retry-After": withStatus(429, "Retry-After", "2"),
	"500":                  withStatus(500),
	"503 with Retry-After": withStatus(503, "Retry-After", "2"),
	"a reset":              withReset,
	"silence":              withSilence,
}

func TestOnlyTheVisitsAtFaultAreDropped(t *testing.T) {
	for name, o := range objections {
		for _, poison := range [][]int{{0}, {999}, {500}, {3, 4, 700}} {
			t.Run(fmt.Sprint(name, " ", poison), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					d := newTestDelivery(t)
					d.object(o)
					begun := time.Now()
					require.NoError(t, d.Push(t.Context(), newBatch(1_000, poison...)))
					t.Log(time.Since(begun), d.requests.Load())
					assert.ElementsMatch(t, wantPaths(1_000, poison...), d.arrived(), "each once")
					reason := telemetry.DropRejected
					if name == "413" {
						reason = telemetry.DropTooLarge
					}
					assert.EqualValues(t, len(poison), d.dropped(t, reason))
					bound := 8*len(poison)*int(math.Ceil(math.Log2(1_000)))/3 + 30*len(poison) + 10
					assert.LessOrEqual(t, d.requests.Load(), int64(bound), "requests")
				})
			})
		}
	}
}
