// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package delivery

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"go.opentelemetry.io/collector/component/componentstatus"

	"github.com/agentvisits/agentvisitsexporter/internal/destination"
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

const (
	lineOnFailures = "Visits of sites cannot be delivered and wait. Other sites do not."
	lineOnWell     = "Visits of sites are delivered again."
)

// siteSays is a line of the log.
type siteSays struct {
	after   time.Duration
	message string
	sites   []any
	more    int64
}

// onSites returns the lines that a history leads to within a minute.
func onSites(t *testing.T, history func(h *siteHealth, site func(int) *destination.Site)) (said []siteSays) {
	t.Helper()
	synctest.Test(t, func(*testing.T) {
		core, observed := observer.New(zap.InfoLevel)
		begun, sites := time.Now(), map[int]*destination.Site{}
		history(&siteHealth{health: &health{logger: zap.New(core)}}, func(i int) *destination.Site {
			if sites[i] == nil {
				sites[i] = destination.NewSite(destinationOf(i), string(rune('a'+i)))
			}
			return sites[i]
		})
		<-time.After(time.Minute)
		for _, line := range observed.All() {
			fields := line.ContextMap()
			said = append(said, siteSays{line.Time.Sub(begun), line.Message, fields["sites"].([]any), fields["more_sites"].(int64)})
		}
	})
	return said
}

func TestSitesThatFailSoonAfterALineAreNamedWhenTenSecondsAreOver(t *testing.T) {
	assert.Equal(t, []siteSays{
		{0, lineOnFailures, []any{"a"}, 0},
		{10 * time.Second, lineOnFailures, []any{"b", "c", "d", "e", "f", "g", "h", "i", "j", "k"}, 2},
	}, onSites(t, func(h *siteHealth, site func(int) *destination.Site) {
		for i := range 13 {
			h.paused(site(i), errors.New("refused"), false, time.Minute)
			<-time.After(100 * time.Millisecond)
		}
	}))
}

func TestASiteThatIsWellBeforeTheLineIsNotSaidToFail(t *testing.T) {
	assert.Equal(t, []siteSays{
		{0, lineOnFailures, []any{"a"}, 0},
		{2 * time.Second, lineOnWell, []any{"b"}, 0},
	}, onSites(t, func(h *siteHealth, site func(int) *destination.Site) {
		h.paused(site(0), errors.New("refused"), false, time.Minute)
		<-time.After(time.Second)
		h.paused(site(1), errors.New("refused"), false, time.Minute)
		<-time.After(time.Second)
		h.recovered(site(1), true)
	}))
}

func TestNoLineOnSitesComesAfterTheEnd(t *testing.T) {
	assert.Equal(t, []siteSays{{0, lineOnFailures, []any{"a"}, 0}}, onSites(t, func(h *siteHealth, site func(int) *destination.Site) {
		for i := range 2 {
			h.paused(site(i), errors.New("refused"), false, time.Minute)
		}
		h.stop()
	}))
}

func TestTheEndNamesTheSitesThatWaitForTheirLine(t *testing.T) {
	assert.Equal(t, []siteSays{
		{0, lineOnFailures, []any{"a"}, 0},
		{0, lineOnWell, []any{"d"}, 0},
		{time.Second, lineOnFailures, []any{"b"}, 0},
		{time.Second, lineOnWell, []any{"c"}, 0},
	}, onSites(t, func(h *siteHealth, site func(int) *destination.Site) {
		h.paused(site(0), errors.New("refused"), false, time.Minute)
		h.recovered(site(3), true)
		h.paused(site(1), errors.New("refused"), false, time.Minute)
		h.recovered(site(2), true)
		<-time.After(time.Second)
		h.stop()
		h.flush()
	}))
}
