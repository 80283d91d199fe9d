// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package queue

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap/zaptest/observer"

	"github.com/agentvisits/agentvisitsexporter/internal/destination"
	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
)

func TestTheRemedySaysWhatToSetBack(t *testing.T) {
	ka, sc := allDestinations()["known_agents"], allDestinations()["scrunch"]
	another := destination.Scrunch(&destination.ScrunchConfig{SiteID: anotherSiteID, APIKey: fixture.Key})
	for name, c := range map[string]struct {
		now  *destination.Destination
		of   owner
		want string
	}{
		"another site":              {sc, owner{another.Identity(), batchVersion}, "`scrunch::site_id` was changed; set it back to " + anotherSiteID + " to have them delivered."},
		"a destination with a site": {ka, owner{sc.Identity(), batchVersion}, "`scrunch` was replaced by `known_agents`; set `scrunch` with `site_id: " + fixture.SiteID + "` again to have them delivered."},
		"a destination without one": {sc, owner{ka.Identity(), batchVersion}, "`known_agents` was replaced by `scrunch`; set `known_agents` again to have them delivered."},
		"another version":           {sc, owner{"", 4}, "Another version of this exporter wrote them (format 4); that version delivers them."},
		"several sites":             {sc, owner{"known_agents", mixedVersion}, "They are of several sites. Configure `known_agents` with its sites again to have them delivered."},
	} {
		t.Run(name, func(t *testing.T) {
			encoding, _ := encodingFor(c.now)
			assert.Equal(t, c.want, newTestStorage(encoding).remedy(c.of))
		})
	}
}

func TestWhatIsSetAsideIsReportedOnceForEachOwner(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, foreign := foreignQueue(t, 3)
		warnings := func() []observer.LoggedEntry {
			return q.logs.FilterMessageSnippet("not for this exporter").All()
		}
		q.read(t, 0)
		q.read(t, 2)
		assert.Empty(t, warnings(), "the queue is given time to read the rest")
		<-time.After(reportDelay + 1)
		if assert.Len(t, warnings(), 1) {
			fields := warnings()[0].ContextMap()
			assert.Equal(t, foreign.Destination.Identity(), fields["they_are_for"])
			assert.EqualValues(t, 20, fields["visits"])
			assert.EqualValues(t, 2, fields["batches"])
		}
		<-time.After(time.Hour)
		require.NoError(t, q.Close(t.Context()))
		assert.Len(t, warnings(), 1, "there is nothing new")
	})
}

func TestEachStartReportsWhatIsSetAside(t *testing.T) {
	q, foreign := foreignQueue(t, 0)
	require.NoError(t, q.open(t.Context(), fixture.DiskClient{Disk: asideDisk(t, foreign, 1)}))
	require.NoError(t, q.Close(t.Context()))
	assert.Equal(t, 1, q.logs.FilterMessageSnippet("not for this exporter").Len())
}

func TestAStartWithNothingSetAsideReportsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newDiskQueue(t, true)
		assert.Nil(t, q.reportTimer)
		require.NoError(t, q.Close(t.Context()))
		assert.Zero(t, q.logs.Len())
	})
}

func TestAClosedStorageReportsAtOnce(t *testing.T) {
	q, _ := foreignQueue(t, 1)
	q.read(t, 0)
	require.NoError(t, q.Close(t.Context()))
	assert.Equal(t, 1, q.logs.FilterMessageSnippet("not for this exporter").Len())
	assert.Zero(t, q.logs.FilterMessageSnippet("Dropping").Len())
}
