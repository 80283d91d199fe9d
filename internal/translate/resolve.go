// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package translate

import (
	"math"
	"strings"
	"time"

	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/agentvisits/agentvisitsexporter/internal/mapping"
	"github.com/agentvisits/agentvisitsexporter/internal/value"
	"github.com/agentvisits/agentvisitsexporter/internal/visit"
)

// hasRequest says whether there is a method or a request line.
func (f *facts) hasRequest() bool {
	line := f.text[visit.RequestLine]
	return f.has(visit.Method) || strings.IndexByte(line, ' ') > 0 || strings.HasPrefix(line, "/")
}

// isAnswered says whether a log record is that of a request: it has a status,
// or says that the visitor was gone before there was one.
func (f *facts) isAnswered() bool {
	return f.has(visit.Status) || f.has(visit.NoResponse) && f.has(visit.UserAgent)
}

// resolveMethod finds the method and makes it upper case. A text such as
// GRAPHQL:query is no method.
func (f *facts) resolveMethod() bool {
	if !f.has(visit.Method) {
		name, _, _ := strings.Cut(f.text[visit.RequestLine], " ")
		if name == "" {
			return false
		}
		f.set(visit.Method, 1, name, 0)
	}
	name := value.Method(f.text[visit.Method])
	if name == "" {
		return false
	}
	if name != f.text[visit.Method] {
		f.text[visit.Method] = name
	}
	return true
}

// resolveDuration is the duration of a log record.
func (f *facts) resolveDuration() time.Duration {
	switch {
	case f.has(visit.Duration):
		return time.Duration(f.number[visit.Duration])
	case f.has(visit.BareDuration):
		return f.bareDuration()
	case f.has(visit.DurationPart):
		return time.Duration(f.number[visit.DurationPart])
	case f.has(visit.StartTime) && f.has(visit.EndTime) && f.number[visit.EndTime] >= f.number[visit.StartTime]:
		return time.Duration(f.number[visit.EndTime] - f.number[visit.StartTime])
	}
	return visit.UnknownDuration
}

// bareDuration is the duration under a key whose unit depends on the source.
// It was read as milliseconds.
func (f *facts) bareDuration() time.Duration {
	unit := mapping.Sources[f.source].Unit
	if unit == 0 {
		return time.Duration(f.number[visit.BareDuration])
	}
	return time.Duration(min(float64(f.number[visit.BareDuration])/float64(time.Millisecond)*float64(unit), math.MaxInt64/2))
}

// resolveStart is when the request of a log record arrived. The duration is
// subtracted from a time that was written with the response. From a time in whole
// seconds whole seconds are subtracted, because its fraction is cut off already.
func (f *facts) resolveStart(record plog.LogRecord, took time.Duration) int64 {
	if !f.has(visit.EndTime) && f.has(visit.Day) && f.has(visit.Clock) {
		f.set(visit.EndTime, 1, f.text[visit.Clock], f.number[visit.Day]+f.number[visit.Clock])
	}
	from := &mapping.Sources[f.source]
	stamped := int64(record.Timestamp())
	switch {
	case f.has(visit.StartTime):
		return f.number[visit.StartTime]
	case f.has(visit.EndTime) && from.StartStamped:
		return f.number[visit.EndTime]
	case f.has(visit.EndTime):
		if f.text[visit.EndTime] == value.InSeconds {
			took = took.Truncate(time.Second)
		}
		return f.number[visit.EndTime] - int64(max(took, 0))
	case stamped != 0 && from.EndStamped:
		return stamped - int64(max(took, 0))
	case stamped != 0:
		return stamped
	}
	return int64(record.ObservedTimestamp())
}

// mcpFacts are what resolveMCP looks at.
var mcpFacts = visit.SetOf(visit.McpMethod, visit.RpcSystem, visit.ErrorType)

// resolveMCP completes the facts of a Model Context Protocol call with those of keys
// that mean something else in other items.
func (f *facts) resolveMCP() {
	if !f.present.Meets(&mcpFacts) {
		return
	}
	switch {
	case f.text[visit.McpMethod] != "":
	case f.text[visit.RpcSystem] == "mcp", f.text[visit.RpcSystem] == "jsonrpc":
		f.set(visit.McpMethod, 1, f.text[visit.RpcMethod], 0)
	}
	if f.text[visit.McpMethod] == "tools/call" && f.text[visit.McpTool] == "" {
		f.set(visit.McpTool, 1, f.text[visit.McpName], 0)
	}
	switch failure := f.text[visit.ErrorType]; {
	case failure == "tool_error" && f.text[visit.McpIsError] == "":
		f.set(visit.McpIsError, 1, "true", 0)
	case strings.HasPrefix(failure, "-") && f.text[visit.McpErrorCode] == "": // of JSON-RPC
		f.set(visit.McpErrorCode, 1, failure, 0)
	}
}
