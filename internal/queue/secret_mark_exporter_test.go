// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package queue_test

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/config/configopaque"
	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/agentvisits/agentvisitsexporter"
	"github.com/agentvisits/agentvisitsexporter/internal/dev/fakeapi"
	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
)

const tokenMessage = "The token has changed"

// projectConfig is for a project of Known Agents, which may have no name.
func projectConfig(endpoint, token, name string) *agentvisitsexporter.Config {
	cfg := knownAgentsConfig(endpoint)
	cfg.KnownAgents.AccessToken, cfg.KnownAgents.Project = configopaque.String(token), name
	return cfg
}

// leftBy is the disk of an exporter that was stopped with n visits in its queue.
func leftBy(t *testing.T, token, name string, n int) map[string][]byte {
	t.Helper()
	api := fixture.Listen(t)
	api.Script(fakeapi.KnownAgents, fakeapi.Step{Status: 401, Times: fakeapi.Forever})
	disk := fixture.NewDisk(map[string][]byte{})
	e := startOnDisk(t, projectConfig(api.URL(), token, name), disk, 3)
	consumePages(t, e, 0, n)
	require.NoError(t, e.Shutdown(t.Context()))
	return disk.Now()
}

func TestVisitsOfOneProjectNeverGoToAnotherOfAnotherName(t *testing.T) {
	const n = 5
	for name, change := range map[string]struct{ before, after, remedy string }{
		"changed": {"shop", "blog", "`known_agents::project` was changed; set it back to shop to have them delivered."},
		"removed": {"shop", "", "`known_agents::project` was changed; set it back to shop to have them delivered."},
		"set":     {"", "blog", "`known_agents::project` was set; remove it to have them delivered."},
	} {
		t.Run(name, func(t *testing.T) {
			disk := fixture.NewDisk(leftBy(t, "token-of-shop", change.before, n))
			api := fixture.Listen(t)
			e := startOnDisk(t, projectConfig(api.URL(), "token-of-blog", change.after), disk, 3)
			fixture.Eventually(t, func() error { return asideOf(t, disk, n) })
			require.NoError(t, e.ConsumeTraces(t.Context(), fixture.NewTraces("/new")))
			require.NoError(t, api.WaitVisits(fixture.Soon(t), fakeapi.KnownAgents, 1))
			require.NoError(t, e.Shutdown(t.Context()))
			assert.Equal(t, 1, api.Counts(fakeapi.KnownAgents).Visits, "the new one")
			reports := e.logs.FilterMessageSnippet("not for this exporter").All()
			require.NotEmpty(t, reports)
			assert.Equal(t, change.remedy, reports[0].ContextMap()["remedy"])
			assert.Zero(t, e.logs.FilterMessageSnippet(tokenMessage).Len(), "one message is enough")

			back := fixture.Listen(t)
			e = startOnDisk(t, projectConfig(back.URL(), "new-token-of-shop", change.before), fixture.NewDisk(disk.Now()), 3)
			fixture.Eventually(t, func() error { return missing(back, n) })
			require.NoError(t, e.Shutdown(t.Context()))
		})
	}
}

func TestAChangedTokenIsSaidAtStartAndVisitsOfTheSameNameFollowIt(t *testing.T) {
	const n = 5
	for _, name := range []string{"", "shop"} {
		t.Run(fmt.Sprintf("named %q", name), func(t *testing.T) {
			api := fixture.Listen(t)
			e := startOnDisk(t, projectConfig(api.URL(), "rotated-token", name), fixture.NewDisk(leftBy(t, "first-token", name, n)), 3)
			fixture.Eventually(t, func() error { return missing(api, n) })
			require.NoError(t, e.Shutdown(t.Context()))
			said := e.logs.FilterMessageSnippet(tokenMessage).All()
			require.Len(t, said, 1)
			assert.Equal(t, "known_agents::access_token", said[0].ContextMap()["key"])
			assert.EqualValues(t, n, said[0].ContextMap()["batches"])
		})
	}
}

// TestAChangedTokenIsSaidIfOnlyVisitsBeforeTheQueueWait: a kill left visits that waited for the
// spans above theirs.
func TestAChangedTokenIsSaidIfOnlyVisitsBeforeTheQueueWait(t *testing.T) {
	disk := fixture.NewDisk(map[string][]byte{})
	e := startOnDisk(t, projectConfig(fixture.Listen(t).URL(), "first-token", ""), disk, 3)
	for i := range 3 {
		traces := fixture.NewTraces(fmt.Sprintf("/%d", i))
		span := traces.ResourceSpans().At(0).ScopeSpans().At(0).Spans().At(0)
		span.SetTraceID(pcommon.TraceID{byte(i + 1)})
		span.SetSpanID(pcommon.SpanID{2})
		span.SetParentSpanID(pcommon.SpanID{1})
		require.NoError(t, e.ConsumeTraces(t.Context(), traces))
	}
	killed := disk.Now()
	require.Contains(t, killed, "waiting/2")
	delete(killed, "waiting/2") // as if all its visits were known as hops
	require.NoError(t, e.Shutdown(t.Context()))

	for token, lines := range map[string]int{"first-token": 0, "rotated-token": 1} {
		api := fixture.Listen(t)
		e = startOnDisk(t, projectConfig(api.URL(), token, ""), fixture.NewDisk(killed), 3)
		fixture.Eventually(t, func() error { return missing(api, 2) })
		require.NoError(t, e.Shutdown(t.Context()))
		said := e.logs.FilterMessageSnippet(tokenMessage).All()
		require.Len(t, said, lines, token)
		if lines > 0 {
			assert.EqualValues(t, 2, said[0].ContextMap()["batches"])
		}
	}
}

func TestNothingIsSaidOfATokenWithoutNeed(t *testing.T) {
	for name, kept := range map[string]map[string][]byte{
		"the same token":       leftBy(t, "token", "", 3),
		"nothing in the queue": leftBy(t, "another-token", "", 0),
	} {
		t.Run(name, func(t *testing.T) {
			e := startOnDisk(t, projectConfig(fixture.Listen(t).URL(), "token", ""), fixture.NewDisk(kept), 3)
			require.NoError(t, e.Shutdown(t.Context()))
			assert.Zero(t, e.logs.FilterMessageSnippet(tokenMessage).Len())
		})
	}
}

func TestTheDiskHoldsNothingOfTheToken(t *testing.T) {
	for key, value := range leftBy(t, "token-of-the-test", "shop", 3) {
		assert.False(t, bytes.Contains(value, []byte("token-of")), key)
	}
}
