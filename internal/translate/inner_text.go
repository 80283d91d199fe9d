// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package translate

import (
	"github.com/agentvisits/agentvisitsexporter/internal/mapping"
	"github.com/agentvisits/agentvisitsexporter/internal/value"
	"github.com/agentvisits/agentvisitsexporter/internal/visit"
)

// storeInnerText stores a message. Of several, each may say that the record is of a call. What
// stands under a key such as content can be what a visitor wrote: it may be a line of an access
// log, and says nothing else.
func (f *facts) storeInnerText(m *mapping.Mapping, text string) {
	if value.IsAbsent(text) {
		return
	}
	if m.IsWeak {
		f.offer(visit.InnerText, m.Precedence.Poor(), text, 0, true)
		return
	}
	if before := f.message(); before != "" {
		f.noteMessage(before)
		f.noteMessage(text)
	}
	f.offer(visit.InnerText, m.Precedence, text, 0, true)
}

// message is what the record says in words.
func (f *facts) message() string {
	if f.precedence[visit.InnerText].IsPoor() {
		return ""
	}
	return f.text[visit.InnerText]
}

// mayCarry says whether a record may do nothing but carry the text under a key such as
// content: nothing else in it is of a request, and the text is no JSON, which can be anything.
func (f *facts) mayCarry() bool {
	if !f.precedence[visit.InnerText].IsPoor() {
		return true
	}
	return f.text[visit.InnerText][0] != '{' && !f.present.Meets(&ofRequests)
}

// ofRequests are the fields that tell of a request.
var ofRequests = visitorFields.With(visit.RequestFields).With(targetFields).With(durationFields).With(visit.SetOf(visit.Status, visit.NoResponse, visit.Query, visit.Referer))
