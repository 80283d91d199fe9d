// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package mapping

import (
	"github.com/agentvisits/agentvisitsexporter/internal/visit"
)

// Kind is how the values of a field are read.
type Kind uint8

// The kinds. KindText is that of all fields that Kinds does not name.
const (
	KindText    Kind = iota // the value as it is
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
	KindOutgoing
	KindOtherKind
	KindCategory
	KindLibrary
	KindRequestTime
	KindInnerText
)

// Kinds has the kind of each field.
var Kinds = func() (by [visit.FieldCount]Kind) {
	by[visit.NoField] = kindNothing
	by[visit.Host], by[visit.BareHost], by[visit.HostHeader] = KindHost, KindHost, KindHost
	by[visit.ClientIP], by[visit.PeerIP] = KindAddress, KindAddress
	by[visit.Scheme] = KindScheme
	by[visit.Status] = KindStatus
	by[visit.Duration], by[visit.DurationPart], by[visit.BareDuration] = KindDuration, KindDurationPart, KindBareDuration
	by[visit.StartTime], by[visit.EndTime], by[visit.Day] = KindStartTime, KindEndTime, KindDay
	by[visit.OtherKind] = KindOtherKind
	by[visit.Outgoing], by[visit.Category] = KindOutgoing, KindCategory
	by[visit.Library] = KindLibrary
	by[visit.RequestTime], by[visit.InnerText] = KindRequestTime, KindInnerText
	return by
}()

// MayHoldJSON reports whether a text of the field is read as JSON if it is an object.
func MayHoldJSON(f visit.Field) bool {
	return f == visit.Container || f == visit.RequestLine || f == visit.Status
}
