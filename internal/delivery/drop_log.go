// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package delivery

import (
	"sync"
	"time"

	"go.uber.org/zap"

	"github.com/agentvisits/agentvisitsexporter/internal/telemetry"
)

// dropLogEvery is how often at most the log speaks of visits dropped for one reason.
const dropLogEvery = 10 * time.Second

// dropLog says which visits are dropped and why, without flooding the log: what comes
// soon after a line is added to the next one of the same reason. It says nothing of
// what is in a visit.
type dropLog struct {
	logger *zap.Logger

	mu    sync.Mutex
	lines [len(telemetry.DropReasons)]dropLine
}

// dropLine is what the log says of one reason.
type dropLine struct {
	last    time.Time
	pending int    // visits that no line speaks of yet
	speak   func() // logs them
}

// add logs a loss now, or with the next one.
func (l *dropLog) add(message string, reason telemetry.DropReason, visits int, err error, more ...zap.Field) {
	l.mu.Lock()
	defer l.mu.Unlock()
	line := &l.lines[reason]
	line.pending += visits
	line.speak = func() {
		fields := append([]zap.Field{zap.String("reason", telemetry.DropReasons[reason]), zap.Int("visits", line.pending), zap.Error(err)}, more...)
		l.logger.Error(message, fields...)
	}
	if now := time.Now(); line.last.IsZero() || now.Sub(line.last) >= dropLogEvery {
		line.last = now
		line.flush()
	}
}

// flush logs what no line speaks of yet.
func (l *dropLog) flush() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i := range l.lines {
		l.lines[i].flush()
	}
}

func (l *dropLine) flush() {
	if l.pending > 0 {
		l.speak()
		l.pending, l.speak = 0, nil
	}
}
