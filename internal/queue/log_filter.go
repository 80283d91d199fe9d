// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package queue

import (
	"strings"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// FilterLog makes a logger for the helper that leaves out its messages about losses
// and retries. The exporter itself says what is lost, once an episode, and the helper
// does not know: it also says that it drops data which stays on the disk, or which a
// sender still has, and that it will retry when it does not.
func FilterLog(logger *zap.Logger, alsoRejections bool) *zap.Logger {
	filtered := []string{droppingMessage, retryingMessage}
	if alsoRejections {
		filtered = append(filtered, rejectingMessage)
	}
	return logger.WithOptions(zap.WrapCore(func(core zapcore.Core) zapcore.Core { return logFilter{core, filtered} }))
}

// The beginnings of these messages (exporterhelper, NewQueueSender, retrySender.Send
// and BaseExporter.Send).
const (
	droppingMessage  = "Exporting failed. Dropping data."
	retryingMessage  = "Exporting failed. Will retry the request after interval."
	rejectingMessage = "Exporting failed. Rejecting data."
)

type logFilter struct {
	zapcore.Core
	filtered []string // beginnings of messages
}

// With adds fields to each message.
func (f logFilter) With(fields []zapcore.Field) zapcore.Core {
	return logFilter{f.Core.With(fields), f.filtered}
}

// Check leaves out the filtered messages.
func (f logFilter) Check(entry zapcore.Entry, checked *zapcore.CheckedEntry) *zapcore.CheckedEntry {
	for _, message := range f.filtered {
		if strings.HasPrefix(entry.Message, message) {
			return checked
		}
	}
	return f.Core.Check(entry, checked)
}
