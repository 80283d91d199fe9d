// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package arrivals

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"github.com/agentvisits/agentvisitsexporter/internal/visit"
)

func TestTheLogSaysWhatIsMissingAndWhenThatIsOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		core, observed := observer.New(zap.InfoLevel)
		l := NewLog(zap.New(core))
		l.Start()
		defer l.Stop()
		// step counts some items half a period after the last step and returns what is logged in
		// the period.
		step := func(visits int, reasons ...visit.SkipReason) []observer.LoggedEntry {
			<-time.After(period / 2)
			if visits+len(reasons) > 0 {
				count(&l.Watch, visits, reasons...)
			}
			<-time.After(period / 2)
			synctest.Wait()
			return observed.TakeAll()
		}
		lines := step(0)
		assert.Len(t, lines, 1)
		assert.Equal(t, zap.WarnLevel, lines[0].Level)
		assert.Contains(t, lines[0].Message, "Nothing has reached this exporter since it started. If")
		assert.Equal(t, time.Minute, lines[0].ContextMap()["for"])
		assert.Empty(t, step(0))

		lines = step(0, visit.SkipNoHost, visit.SkipNotServer)
		assert.Len(t, lines, 2)
		assert.Equal(t, "Telemetry reaches this exporter.", lines[0].Message)
		assert.Equal(t, 2*time.Minute, lines[0].ContextMap()["after"])
		assert.Contains(t, lines[1].Message, "None of the telemetry is a visit. Scrunch requires a domain. Set scrunch::domain")
		assert.Equal(t, "no_host", lines[1].ContextMap()["reason"])
		assert.Equal(t, map[string]int64{"no_host": 1, "not_server_span": 1}, lines[1].ContextMap()["skipped"])

		lines = step(1)
		assert.Len(t, lines, 1)
		assert.Equal(t, "Visits are among the telemetry.", lines[0].Message)
	})
}

func TestWhatEverySiteHasBesidesVisitsIsNoWarning(t *testing.T) {
	for reason, want := range map[visit.SkipReason]zapcore.Level{
		visit.SkipNotServer: zap.InfoLevel, visit.SkipHealthCheck: zap.InfoLevel,
		visit.SkipNotAccessLog: zap.WarnLevel, visit.SkipNoHost: zap.WarnLevel, visit.SkipWho: zap.WarnLevel,
	} {
		t.Run(visit.SkipReasons[reason], func(t *testing.T) {
			core, observed := observer.New(zap.InfoLevel)
			l := NewLog(zap.New(core))
			count(&l.Watch, 0, reason)
			for _, r := range l.Check() {
				l.tell(r)
			}
			assert.Equal(t, 1, observed.Len())
			assert.Equal(t, want, observed.All()[0].Level)
		})
	}
}

func TestALogThatWasNotStartedCanBeStopped(*testing.T) {
	l := NewLog(zap.NewNop())
	l.Stop()
	l.Stop()
}
