// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package mapping

import (
	"time"

	"github.com/agentvisits/agentvisitsexporter/internal/visit"
)

// kind is how the values of a field are read.
type kind uint8

const (
	KindText    kind = iota // as it is; so are all fields that kinds does not name
	kindNothing             // the key alone says something
	KindHost
	KindAddress
	KindScheme
	KindStatus
	KindDuration
	KindDurationPart
	KindBareDuration
	KindStartTime
	KindEndTime
	KindDay
)

var Kinds = func() (by [visit.FieldCount]kind) {
	by[visit.NoField] = kindNothing
	by[visit.Host], by[visit.BareHost], by[visit.HostHeader] = KindHost, KindHost, KindHost
	by[visit.ClientIP], by[visit.PeerIP] = KindAddress, KindAddress
	by[visit.Scheme] = KindScheme
	by[visit.Status] = KindStatus
	by[visit.Duration], by[visit.DurationPart], by[visit.BareDuration] = KindDuration, KindDurationPart, KindBareDuration
	by[visit.StartTime], by[visit.EndTime], by[visit.Day] = KindStartTime, KindEndTime, KindDay
	return by
}()

// MayHoldJSON says whether a JSON object in a text of the field is read.
func MayHoldJSON(i visit.Field) bool {
	return i == visit.Container || i == visit.RequestLine || i == visit.Status
}

// Configurable are the fields for which users can name further keys, by the
// names that the option visits::attributes has for them.
var Configurable = map[string]Mapping{
	"method":           {Field: visit.Method},
	"request_line":     {Field: visit.RequestLine},
	"scheme":           {Field: visit.Scheme},
	"host":             {Field: visit.Host},
	"path":             {Field: visit.Path},
	"target":           {Field: visit.Target},
	"query":            {Field: visit.Query},
	"url":              {Field: visit.FullURL},
	"status":           {Field: visit.Status},
	"duration_s":       {Field: visit.Duration, Unit: time.Second},
	"duration_ms":      {Field: visit.Duration, Unit: time.Millisecond},
	"duration_us":      {Field: visit.Duration, Unit: time.Microsecond},
	"duration_ns":      {Field: visit.Duration, Unit: time.Nanosecond},
	"start_time":       {Field: visit.StartTime},
	"end_time":         {Field: visit.EndTime},
	"client_ip":        {Field: visit.ClientIP},
	"x_forwarded_for":  {Field: visit.ForwardedFor},
	"forwarded":        {Field: visit.Forwarded},
	"x_forwarded_host": {Field: visit.ForwardedHost},
	"user_agent":       {Field: visit.UserAgent},
	"referer":          {Field: visit.Referer},
	"content_type":     {Field: visit.ResponseHeader("content-type")},
	"mcp_method":       {Field: visit.McpMethod},
	"mcp_tool":         {Field: visit.McpTool},
}
