// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package delivery

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// TestAQueueOnDiskKeepsItsVisitsAtTheEndThoughRetriesAreOff: the helper's queue deletes
// each batch whose error its retry sender has not marked.
func TestAQueueOnDiskKeepsItsVisitsAtTheEndThoughRetriesAreOff(t *testing.T) {
	d := newTestDelivery(t)
	d.keeper = keptOnDisk
	d.settings.Retry.Enabled = false
	assert.True(t, d.RetryConfig().Enabled)
}
