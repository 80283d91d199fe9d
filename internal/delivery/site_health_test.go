// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package delivery

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"go.opentelemetry.io/collector/component/componentstatus"
)

func TestSitesThatFailAreNamedOnceAndSaidToBeWellAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var a *agency
		a = newAgency(t, 40, func(token string) objection {
			if token >= tokenOf(2) && token <= tokenOf(39) && a.elapsed() < 10*time.Minute {
				return withStatus(401)
			}
			return nil
		})
		for k := range 60 {
			a.batches <- a.flush(k, 1, upTo(40)...)
			<-time.After(30 * time.Second)
		}
		failures := a.logs.FilterMessageSnippet("Visits of sites cannot be delivered").All()
		require.NotEmpty(t, failures)
		assert.LessOrEqual(t, len(failures), 3)
		assert.NotEmpty(t, a.logs.FilterMessageSnippet("Visits of sites are delivered again.").All())
		assert.Zero(t, a.logs.FilterMessageSnippet("Delivery is paused.").Len(), "the API is well")
		for _, line := range a.logs.All() {
			for _, f := range line.Context {
				assert.NotContains(t, f.String, "token-")
			}
		}
		statuses := a.host.Statuses()
		assert.Equal(t, componentstatus.StatusRecoverableError, statuses[0])
		assert.Equal(t, componentstatus.StatusOK, statuses[len(statuses)-1])
		a.end(t)
	})
}
