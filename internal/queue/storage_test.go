// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package queue_test

import (
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fakeapi"
	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
)

func TestVisitsOnADiskThatBecomesFullAreDelivered(t *testing.T) {
	api := fixture.Listen(t)
	release := make(chan struct{})
	api.Script(fakeapi.KnownAgents, fakeapi.Step{Hang: release})
	disk := fixture.NewDisk(map[string][]byte{})
	e := startOnDisk(t, knownAgentsConfig(api.URL()), disk, 1)

	const n = 20
	consumePages(t, e, 0, n)
	disk.Fill(true)
	close(release)
	require.NoError(t, api.WaitVisits(fixture.Soon(t), fakeapi.KnownAgents, n))

	consumePages(t, e, n, n+1) // cannot be put, and is dropped
	disk.Fill(false)
	consumePages(t, e, n+1, n+2)
	require.NoError(t, api.WaitVisits(fixture.Soon(t), fakeapi.KnownAgents, n+1))
	require.NoError(t, e.Shutdown(t.Context()))
	assert.Equal(t, n+1, api.Counts(fakeapi.KnownAgents).Visits, "each once")
	assert.LessOrEqual(t, disk.Size(), 2, "nothing but the queue's own notes and the mark of the token is left")
	assert.Equal(t, 1, e.logs.FilterMessageSnippet("takes no writes").Len())
	assert.Equal(t, 1, e.logs.FilterMessageSnippet("takes writes again").Len())
	assert.Zero(t, e.logs.FilterMessageSnippet("Dropping a batch").Len(), "a place without a batch is no loss")
}

// TestACrashAtAnyTransactionOfAStartLosesNothing starts an exporter after a crash, and
// kills it after each of its transactions.
func TestACrashAtAnyTransactionOfAStartLosesNothing(t *testing.T) {
	const n = 6
	kept := crashed(t, n)
	api := fixture.Listen(t)
	release := make(chan struct{})
	api.Script(fakeapi.KnownAgents, fakeapi.Step{Hang: release, Times: fakeapi.Forever})
	disk := fixture.NewDisk(kept)
	e := startOnDisk(t, knownAgentsConfig(api.URL()), disk, 3)
	require.NoError(t, api.WaitRequests(fixture.Soon(t), fakeapi.KnownAgents, 1)) // and none is delivered
	past := append([]map[string][]byte{kept}, pastOf(t, disk, 3)...)
	close(release)
	require.NoError(t, e.Shutdown(t.Context()))
	assert.LessOrEqual(t, len(past[len(past)-1]), n+2, "no batch is on the disk twice")

	for i, kept := range past {
		t.Run(strconv.Itoa(i), func(t *testing.T) {
			api := fixture.Listen(t)
			e := startOnDisk(t, knownAgentsConfig(api.URL()), fixture.NewDisk(kept), 3)
			fixture.Eventually(t, func() error { return missing(api, n) })
			require.NoError(t, e.Shutdown(t.Context()))
		})
	}
}

func TestAStartOnAFullDiskLosesNothing(t *testing.T) {
	const n = 6
	disk := fixture.NewDisk(crashed(t, n))
	disk.Fill(true)
	api := fixture.Listen(t)
	e := startOnDisk(t, knownAgentsConfig(api.URL()), disk, 3)
	fixture.Eventually(t, func() error { return missing(api, n) })
	disk.Fill(false)
	consumePages(t, e, n, n+1)
	fixture.Eventually(t, func() error { return missing(api, n+1) })
	require.NoError(t, e.Shutdown(t.Context()))
	assert.Equal(t, n+1, api.Counts(fakeapi.KnownAgents).Visits, "each once")
	assert.LessOrEqual(t, disk.Size(), 2, "nothing but the queue's own notes and the mark of the token is left")
	assert.Equal(t, 1, e.logs.FilterMessageSnippet("takes no writes").Len())
}
