// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package translate

import (
	"strings"

	"github.com/agentvisits/agentvisitsexporter/internal/mapping"
	"github.com/agentvisits/agentvisitsexporter/internal/value"
	"github.com/agentvisits/agentvisitsexporter/internal/visit"
)

// weakSign is the number of a sign that counts only beside what else the record has.
const weakSign = 1

// traceSign is the number of a sign that counts unless the record has a duration: the trace of
// a stack. Who tells how long a request took logs the request, who does not logs the error.
const traceSign = 2

// storeOtherKind stores a sign that a record is of something else than a visitor's request: a
// number that a sample of a metric has, the trace of a stack, or the kind or the part of a
// service under whose name it stands.
func (f *facts) storeOtherKind(m *mapping.Mapping, p mapping.Precedence, v value.Value) {
	switch {
	case m.IsTrace:
		f.offer(visit.OtherKind, p.Poor(), "", traceSign, strings.IndexByte(v.Text, '\n') > 0)
	case m.IsWeak:
		_, isNumber := v.AsNumber()
		f.offer(visit.OtherKind, p.Poor(), "", weakSign, isNumber)
	case m.Call == mapping.SpanKind && isKindOfCall(v): // or the number of any other kind
		f.offer(visit.Outgoing, p.Poor(), "", callSign, true)
	default:
		f.offer(visit.OtherKind, p, v.Text, 0, mapping.IsOtherKind(v.Text))
		f.offer(visit.Outgoing, p.Poor(), v.Text, callSign, mapping.IsCallingPart(v.Text))
	}
}

// isOtherKind says whether a sign of another kind of record counts.
func (f *facts) isOtherKind() bool {
	switch f.number[visit.OtherKind] {
	case weakSign:
		return f.isMeasure()
	case traceSign:
		return !f.present.Meets(&durationFields)
	}
	return true
}

// isMeasure says whether a record that has a number which samples of metrics have is one:
// it has nothing of who sent a request, and no duration.
func (f *facts) isMeasure() bool { return !f.present.Meets(&signsOfAnswer) }
