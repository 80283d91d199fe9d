// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import (
	"strings"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// quiet is a logger for the helper that leaves out its error for each payload
// that the queue did not take: the intake tells of that once an episode.
func quiet(logger *zap.Logger) *zap.Logger {
	return logger.WithOptions(zap.WrapCore(func(core zapcore.Core) zapcore.Core { return quietCore{core} }))
}

// rejecting is how the helper's message starts (exporterhelper,
// BaseExporter.Send).
const rejecting = "Exporting failed. Rejecting data."

type quietCore struct{ zapcore.Core }

func (c quietCore) With(fields []zapcore.Field) zapcore.Core { return quietCore{c.Core.With(fields)} }

func (c quietCore) Check(entry zapcore.Entry, checked *zapcore.CheckedEntry) *zapcore.CheckedEntry {
	if strings.HasPrefix(entry.Message, rejecting) {
		return checked
	}
	return c.Core.Check(entry, checked)
}
