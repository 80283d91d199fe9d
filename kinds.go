// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import "time"

// kind is how the values of a field are read.
type kind uint8

const (
	kindText    kind = iota // as it is; so are all fields that kinds does not name
	kindNothing             // the key alone says something
	kindHost
	kindAddress
	kindScheme
	kindStatus
	kindDuration
	kindDurationPart
	kindBareDuration
	kindStartTime
	kindEndTime
	kindDay
)

var kinds = func() (by [fieldCount]kind) {
	by[noField] = kindNothing
	by[host], by[bareHost], by[hostHeader] = kindHost, kindHost, kindHost
	by[clientIP], by[peerIP] = kindAddress, kindAddress
	by[scheme] = kindScheme
	by[status] = kindStatus
	by[duration], by[durationPart], by[bareDuration] = kindDuration, kindDurationPart, kindBareDuration
	by[startTime], by[endTime], by[day] = kindStartTime, kindEndTime, kindDay
	return by
}()

// mayHoldJSON says whether a JSON object in a text of the field is read.
func mayHoldJSON(i field) bool {
	return i == container || i == requestLine || i == status
}

// configurable are the fields for which users can name further keys, by the
// names that the option visits::attributes has for them.
var configurable = map[string]mapping{
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
