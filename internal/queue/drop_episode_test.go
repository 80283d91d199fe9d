// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package queue

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
)

func TestAQueueThatIsFullNowAndThenIsOneEpisode(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var e DropEpisode
		for round := range 100 {
			assert.Equal(t, round == 0, e.Dropped(3), "an episode begins with the first")
			<-time.After(episodeEnd / 100)
			assert.Zero(t, e.Queued(), "while it goes on")
		}
		<-time.After(episodeEnd)
		assert.Equal(t, 300, e.Queued(), "all that were dropped")
		assert.Zero(t, e.Queued(), "once")
		assert.True(t, e.Dropped(3), "the next episode")
	})
}

func TestAnEpisodeEndsWithTheFirstThatIsQueuedLongEnoughAfterIt(t *testing.T) {
	for name, c := range map[string]struct {
		after time.Duration
		want  int
	}{
		"a moment too early": {episodeEnd - 1, 0},
		"long enough":        {episodeEnd, 5},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var e DropEpisode
				e.Dropped(2)
				e.Dropped(3)
				<-time.After(c.after)
				assert.Equal(t, c.want, e.Queued())
			})
		})
	}
}
