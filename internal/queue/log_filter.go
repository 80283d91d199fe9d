// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package queue

import (
	"strings"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// FilterLog makes a logger for the helper that leaves out one of its messages: the
// error for each payload that the queue did not take. The exporter reports these once
// an episode; see DropEpisode.
func FilterLog(logger *zap.Logger) *zap.Logger {
	return logger.WithOptions(zap.WrapCore(func(core zapcore.Core) zapcore.Core { return logFilter{core} }))
}

// filteredMessage is the beginning of that message (exporterhelper, BaseExporter.Send).
const filteredMessage = "Exporting failed. Rejecting data."

type logFilter struct{ zapcore.Core }

// With adds fields to each message.
func (f logFilter) With(fields []zapcore.Field) zapcore.Core { return logFilter{f.Core.With(fields)} }

// Check leaves out the filtered message.
func (f logFilter) Check(entry zapcore.Entry, checked *zapcore.CheckedEntry) *zapcore.CheckedEntry {
	if strings.HasPrefix(entry.Message, filteredMessage) {
		return checked
	}
	return f.Core.Check(entry, checked)
}
