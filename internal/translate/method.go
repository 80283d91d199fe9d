// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package translate

import (
	"strings"

	"github.com/agentvisits/agentvisitsexporter/internal/value"
	"github.com/agentvisits/agentvisitsexporter/internal/visit"
)

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

// targetFields are the fields that can hold a path.
var targetFields = otherTargets.With(visit.SetOf(visit.Path))

// isAnswered says whether the request of a log record ended: it has a status, or a
// visitor who left before there was one.
func (f *facts) isAnswered() bool {
	return f.has(visit.Status) || f.has(visit.NoResponse) && f.has(visit.UserAgent)
}
