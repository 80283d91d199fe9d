// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package arrivals

import (
	"sync"
	"time"

	"go.uber.org/zap"

	"github.com/agentvisits/agentvisitsexporter/internal/translate"
	"github.com/agentvisits/agentvisitsexporter/internal/visit"
)

// period is how often the log looks at what has arrived.
const period = time.Minute

// Silence is how each line begins that says that nothing arrives.
const Silence = "Nothing has reached this exporter"

// Log tells people what a Watch finds. It must be stopped if it was started.
type Log struct {
	Watch

	logger *zap.Logger
	end    chan struct{}
	once   sync.Once
	done   sync.WaitGroup
}

// NewLog makes a log that has not been started.
func NewLog(logger *zap.Logger) *Log { return &Log{logger: logger, end: make(chan struct{})} }

// Start begins to look, once a minute.
func (l *Log) Start() {
	l.done.Go(func() {
		ticker := time.NewTicker(period)
		defer ticker.Stop()
		for {
			select {
			case <-l.end:
				return
			case <-ticker.C:
				for _, r := range l.Check() {
					l.tell(r)
				}
			}
		}
	})
}

// Stop ends what Start began. It may be called again, and without Start.
func (l *Log) Stop() {
	l.once.Do(func() { close(l.end) })
	l.done.Wait()
}

func (l *Log) tell(r Report) {
	lasted := zap.Duration("for", time.Duration(r.Periods)*period)
	switch r.Finding {
	case NothingCame:
		l.logger.Warn("Nothing has reached this exporter since it started. "+whatToCheck, lasted)
	case NothingComes:
		l.logger.Warn("Nothing has reached this exporter for long. "+whatToCheck, lasted)
	case ItemsCome:
		l.logger.Info("Telemetry reaches this exporter.", zap.Duration("after", time.Duration(r.Periods)*period))
	case NothingCounts:
		level := zap.WarnLevel
		if isOrdinary[r.Nearest] {
			level = zap.InfoLevel
		}
		l.logger.Log(level, "None of the telemetry is a visit. "+translate.Remedy(r.Nearest), lasted,
			zap.String("reason", visit.SkipReasons[r.Nearest]), zap.Any("skipped", byName(&r.Skipped)))
	case VisitsCome:
		l.logger.Info("Visits are among the telemetry.", zap.Duration("after", time.Duration(r.Periods)*period))
	}
}

// isOrdinary are the reasons of what every site has besides visits. While it has no visitors,
// they are alone.
var isOrdinary = [visit.SkipReasonCount]bool{
	visit.SkipNotServer: true, visit.SkipNotHTTP: true, visit.SkipException: true, visit.SkipInternalHop: true,
	visit.SkipStaticAsset: true, visit.SkipFrameworkInternal: true, visit.SkipHealthCheck: true,
}

// whatToCheck is the remedy of silence.
const whatToCheck = "If the site has visitors, check the pipeline's receiver: that include names files that exist, grow and may be read, or that something sends to its endpoint. " +
	"Then check that no processor or sampler takes everything out."

// byName are the reasons that items have.
func byName(skipped *[visit.SkipReasonCount]int64) map[string]int64 {
	names := map[string]int64{}
	for reason, items := range skipped {
		if items > 0 {
			names[visit.SkipReasons[reason]] = items
		}
	}
	return names
}
