// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package delivery

import (
	"sync"
	"time"

	"go.uber.org/zap"

	"github.com/agentvisits/agentvisitsexporter/internal/telemetry"
)

// dropLogEvery is how often at most the log speaks of dropped visits.
const dropLogEvery = 10 * time.Second

// dropLog says which visits are dropped and why, without flooding the log: what comes
// soon after a line is added to the next one. It says nothing of what is in a visit.
type dropLog struct {
	logger *zap.Logger

	mu      sync.Mutex
	last    time.Time
	pending int    // visits that no line speaks of yet
	speak   func() // logs them
}

// add logs a loss now, or with the next one.
func (l *dropLog) add(message string, reason telemetry.DropReason, visits int, err error, more ...zap.Field) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.pending += visits
	l.speak = func() {
		fields := append([]zap.Field{zap.String("reason", telemetry.DropReasons[reason]), zap.Int("visits", l.pending), zap.Error(err)}, more...)
		l.logger.Error(message, fields...)
	}
	if now := time.Now(); l.last.IsZero() || now.Sub(l.last) >= dropLogEvery {
		l.last = now
		l.flushLocked()
	}
}

// flush logs what no line speaks of yet.
func (l *dropLog) flush() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.flushLocked()
}

func (l *dropLog) flushLocked() {
	if l.pending > 0 {
		l.speak()
		l.pending, l.speak = 0, nil
	}
}
