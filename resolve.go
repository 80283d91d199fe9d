// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import (
	"math"
	"strings"
	"time"

	"go.opentelemetry.io/collector/pdata/plog"
)

// hasRequest says whether there is a method or a request line.
func (f *facts) hasRequest() bool {
	line := f.text[requestLine]
	return f.has(method) || strings.IndexByte(line, ' ') > 0 || strings.HasPrefix(line, "/")
}

// isAnswered says whether a log record is that of a request: it has a status,
// or says that the visitor was gone before there was one.
func (f *facts) isAnswered() bool {
	return f.has(status) || f.has(noResponse) && f.has(userAgent)
}

// resolveMethod finds the method and makes it upper case. A text such as
// GRAPHQL:query is no method.
func (f *facts) resolveMethod() bool {
	if !f.has(method) {
		name, _, _ := strings.Cut(f.text[requestLine], " ")
		if name == "" {
			return false
		}
		f.set(method, 1, name, 0)
	}
	name := methodOf(f.text[method])
	if name == "" {
		return false
	}
	if name != f.text[method] {
		f.text[method] = name
	}
	return true
}

// resolveDuration is the duration of a log record.
func (f *facts) resolveDuration() time.Duration {
	switch {
	case f.has(duration):
		return time.Duration(f.number[duration])
	case f.has(bareDuration):
		return f.bareDuration()
	case f.has(durationPart):
		return time.Duration(f.number[durationPart])
	case f.has(startTime) && f.has(endTime) && f.number[endTime] >= f.number[startTime]:
		return time.Duration(f.number[endTime] - f.number[startTime])
	}
	return unknownDuration
}

// bareDuration is the duration under a key whose unit depends on the source.
// It was read as milliseconds.
func (f *facts) bareDuration() time.Duration {
	unit := sources[f.source].unit
	if unit == 0 {
		return time.Duration(f.number[bareDuration])
	}
	return time.Duration(min(float64(f.number[bareDuration])/float64(time.Millisecond)*float64(unit), math.MaxInt64/2))
}

// resolveStart is when the request of a log record arrived. The duration is
// subtracted from a time that was written with the response. From a time in whole
// seconds whole seconds are subtracted, because its fraction is cut off already.
func (f *facts) resolveStart(record plog.LogRecord, took time.Duration) int64 {
	if !f.has(endTime) && f.has(day) && f.has(clock) {
		f.set(endTime, 1, f.text[clock], f.number[day]+f.number[clock])
	}
	from := &sources[f.source]
	stamped := int64(record.Timestamp())
	switch {
	case f.has(startTime):
		return f.number[startTime]
	case f.has(endTime) && from.startStamped:
		return f.number[endTime]
	case f.has(endTime):
		if f.text[endTime] == inSeconds {
			took = took.Truncate(time.Second)
		}
		return f.number[endTime] - int64(max(took, 0))
	case stamped != 0 && from.endStamped:
		return stamped - int64(max(took, 0))
	case stamped != 0:
		return stamped
	}
	return int64(record.ObservedTimestamp())
}

// mcpFacts are what resolveMCP looks at.
var mcpFacts = setOf(mcpMethod, rpcSystem, errorType)

// resolveMCP completes the facts of a Model Context Protocol call with those of keys
// that mean something else in other items.
func (f *facts) resolveMCP() {
	if !f.present.meets(&mcpFacts) {
		return
	}
	switch {
	case f.text[mcpMethod] != "":
	case f.text[rpcSystem] == "mcp", f.text[rpcSystem] == "jsonrpc":
		f.set(mcpMethod, 1, f.text[rpcMethod], 0)
	}
	if f.text[mcpMethod] == "tools/call" && f.text[mcpTool] == "" {
		f.set(mcpTool, 1, f.text[mcpName], 0)
	}
	switch failure := f.text[errorType]; {
	case failure == "tool_error" && f.text[mcpIsError] == "":
		f.set(mcpIsError, 1, "true", 0)
	case strings.HasPrefix(failure, "-") && f.text[mcpErrorCode] == "": // of JSON-RPC
		f.set(mcpErrorCode, 1, failure, 0)
	}
}
