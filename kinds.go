// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import "time"

// reading is how the value of a field is read.
type reading uint8

const (
	asText    reading = iota // as it is; so are all fields that readings does not name
	asNothing                // the key alone says something
	asHost
	asAddress
	asScheme
	asNumber // the first of those that count something
	asStatus
	asDuration
	asDurationPart
	asBareDuration
	asStart
	asEnd
	asDay
)

var readings = func() (by [fieldCount]reading) {
	by[noField] = asNothing
	by[host], by[bareHost], by[hostHeader] = asHost, asHost, asHost
	by[clientIP], by[peerIP] = asAddress, asAddress
	by[scheme] = asScheme
	by[status] = asStatus
	by[duration], by[durationPart], by[bareDuration] = asDuration, asDurationPart, asBareDuration
	by[startTime], by[endTime], by[day] = asStart, asEnd, asDay
	return by
}()

// configurable are the fields for which users can name further keys, by the
// names that the option visits::attributes has for them.
var configurable = map[string]meaning{
	"method":           {field: method},
	"request_line":     {field: requestLine},
	"scheme":           {field: scheme},
	"host":             {field: host},
	"path":             {field: path},
	"target":           {field: target},
	"query":            {field: query},
	"url":              {field: fullURL},
	"status":           {field: status},
	"duration_s":       {field: duration, unit: time.Second},
	"duration_ms":      {field: duration, unit: time.Millisecond},
	"duration_us":      {field: duration, unit: time.Microsecond},
	"duration_ns":      {field: duration, unit: time.Nanosecond},
	"start_time":       {field: startTime},
	"end_time":         {field: endTime},
	"client_ip":        {field: clientIP},
	"x_forwarded_for":  {field: forwardedFor},
	"forwarded":        {field: forwarded},
	"x_forwarded_host": {field: forwardedHost},
	"user_agent":       {field: userAgent},
	"referer":          {field: referer},
	"content_type":     {field: responseHeader("content-type")},
	"mcp_method":       {field: mcpMethod},
	"mcp_tool":         {field: mcpTool},
}

// mayHoldJSON says for which fields a JSON object in a text is read.
func (i field) mayHoldJSON() bool {
	return i == container || i == requestLine || i == status
}
