// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package queue

import (
	"strings"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// FilterLog is a logger for the helper that leaves out its error for each payload
// that the queue did not take: the intake tells of that once an episode.
func FilterLog(logger *zap.Logger) *zap.Logger {
	return logger.WithOptions(zap.WrapCore(func(core zapcore.Core) zapcore.Core { return logFilter{core} }))
}

// filteredMessage is how that error begins (exporterhelper, BaseExporter.Send).
const filteredMessage = "Exporting failed. Rejecting data."

type logFilter struct{ zapcore.Core }

func (f logFilter) With(fields []zapcore.Field) zapcore.Core { return logFilter{f.Core.With(fields)} }

func (f logFilter) Check(entry zapcore.Entry, checked *zapcore.CheckedEntry) *zapcore.CheckedEntry {
	if strings.HasPrefix(entry.Message, filteredMessage) {
		return checked
	}
	return f.Core.Check(entry, checked)
}
