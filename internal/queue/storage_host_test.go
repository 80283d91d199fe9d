// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package queue

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"go.opentelemetry.io/collector/component/componentstatus"
	"go.opentelemetry.io/collector/component/componenttest"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
)

func TestTheStorageHostHandsStatusesOn(t *testing.T) {
	host := &fixture.StatusHost{Host: componenttest.NewNopHost()}
	componentstatus.ReportStatus(newTestStorage(Encoding{}).Host(host), componentstatus.NewEvent(componentstatus.StatusOK))
	assert.Equal(t, []componentstatus.Status{componentstatus.StatusOK}, host.Statuses())
}

func TestWithoutAStorageTheHostIsTheCollector(t *testing.T) {
	host := componenttest.NewNopHost()
	var none *Storage
	assert.Equal(t, host, none.Host(host))
	none.Started(t.Context(), nil)
	none.BeginShutdown()
}
