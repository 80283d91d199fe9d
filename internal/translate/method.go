// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package translate

import (
	"strings"

	"github.com/agentvisits/agentvisitsexporter/internal/mapping"
	"github.com/agentvisits/agentvisitsexporter/internal/value"
	"github.com/agentvisits/agentvisitsexporter/internal/visit"
)

// resolveMethod finds the method and makes it upper case. A text such as
// GRAPHQL:query is no method.
func (f *facts) resolveMethod() bool {
	if !f.has(visit.Method) {
		name, _, _ := strings.Cut(f.text[visit.RequestLine], " ")
		if name == "" && mapping.Sources[f.source].NameHasMethod {
			name, _, _ = strings.Cut(f.text[visit.Library], " ")
		}
		if name == "" {
			return false
		}
		f.set(visit.Method, 1, name, 0)
	}
	if f.number[visit.Method] == 1 {
		return true
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

// hasRequest says whether there is a method, or a request line that has one or is a
// path.
func (f *facts) hasRequest() bool {
	line := f.text[visit.RequestLine]
	return f.has(visit.Method) || strings.IndexByte(line, ' ') > 0 || strings.HasPrefix(line, "/")
}

// isWhole says whether method, target and status are known.
func (f *facts) isWhole() bool {
	return (f.has(visit.Method) || f.has(visit.RequestLine)) && f.present.Meets(&targetFields) && f.isAnswered()
}

// takeMessage takes a message that is nothing but a path for what was asked for, as authentik
// logs it. The record must have all else of a request: a method, a status, and who sent it.
func (f *facts) takeMessage() {
	text := f.message()
	if text == "" || text[0] != '/' || f.present.Meets(&targetFields) || !f.has(visit.Status) || !f.present.Meets(&visitorFields) ||
		!value.IsUsualMethod(f.text[visit.Method]) || strings.ContainsAny(text, " \t\r\n\"") {
		return
	}
	f.set(visit.Target, mapping.FromBuiltinKey, text, 0)
}

// targetFields are the fields that can hold a path.
var targetFields = otherTargets.With(visit.SetOf(visit.Path))

// signsOfAnswer are the fields that a record of a request has, and that a message of an
// error with a code hardly has.
var signsOfAnswer = visitorFields.With(durationFields)

// isAnswered says whether the request of a log record ended: it has a status, or a
// visitor who left before there was one. A number under the key of any code is a status
// only beside one of signsOfAnswer.
func (f *facts) isAnswered() bool {
	if f.precedence[visit.Status].IsPoor() && !f.present.Meets(&signsOfAnswer) {
		return false
	}
	return f.has(visit.Status) || f.has(visit.NoResponse) && f.has(visit.UserAgent)
}

// signsOfVisitor are the fields that tell something of who sent a request.
var signsOfVisitor = visit.SetOf(
	visit.UserAgent, visit.Referer, visit.ClientIP, visit.PeerIP, visit.ForwardedFor, visit.Forwarded, visit.HostHeader,
).With(visit.SetOf(mapping.AddressHeaders...))

// knowsVisitor says whether something tells who sent the request.
func (f *facts) knowsVisitor() bool {
	return f.has(visit.UserAgent) || f.has(visit.ClientIP) || f.present.Meets(&signsOfVisitor)
}

// isCall says whether a log record has nothing of who sent the request, and either a message
// that may be of a call or nothing of the request but a whole URL. Who received a request
// knows who sent it, and what was asked for without the host; who sends one has
// the URL. A key that users name is believed, and so is a line.
func (f *facts) isCall() bool {
	if f.knowsVisitor() || mapping.Sources[f.source].WholeURLAlone {
		return false
	}
	if message := f.message(); mapping.TellsOfCall(message) || !mapping.IsOfServer(message) || mapping.TellsOfCall(f.text[visit.EventName]) {
		return true
	}
	isWhole := false
	for i := range targetFields.Shared(&f.present) {
		text := f.text[i]
		if f.precedence[i] < mapping.FromBuiltinKey || strings.Index(text, "://") <= 0 || strings.IndexByte(text, ' ') >= 0 {
			return false
		}
		isWhole = true
	}
	return isWhole
}
