// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import (
	"strconv"
	"strings"

	"go.opentelemetry.io/collector/pdata/pcommon"
)

// value is the value of an attribute or of a member of a JSON text: a text or
// a number. A list's elements are joined.
type value struct {
	text     string
	number   number
	isNumber bool
}

func textValue(s string) value { return value{text: s} }

func wholeValue(n int64) value { return value{number: number{digits: n}, isNumber: true} }

func numberValue(n float64) value { return value{number: numberOf(n), isNumber: true} }

// valueOf reads an attribute's value. A map has none.
func valueOf(v pcommon.Value) value {
	switch v.Type() {
	case pcommon.ValueTypeStr:
		return textValue(v.Str())
	case pcommon.ValueTypeInt:
		return wholeValue(v.Int())
	case pcommon.ValueTypeDouble:
		return numberValue(v.Double())
	case pcommon.ValueTypeBool:
		return textValue(strconv.FormatBool(v.Bool()))
	case pcommon.ValueTypeSlice:
		return joinedValue(v.Slice())
	}
	return value{}
}

// joinedValue joins a list's elements like repeated headers (RFC 9110, section 5.3).
func joinedValue(list pcommon.Slice) value {
	if list.Len() == 1 && list.At(0).Type() != pcommon.ValueTypeSlice {
		return valueOf(list.At(0))
	}
	var joined strings.Builder
	for _, element := range list.All() {
		if element.Type() != pcommon.ValueTypeSlice {
			appendElement(&joined, valueOf(element))
		}
	}
	return textValue(joined.String())
}

// maxJoinedBytes is the length of a joined list after which no element is added.
const maxJoinedBytes = 8 << 10

// appendElement joins an element of a list to those before it.
func appendElement(joined *strings.Builder, element value) {
	text := element.asText()
	if isAbsent(text) || joined.Len() > maxJoinedBytes {
		return
	}
	if joined.Len() > 0 {
		joined.WriteString(", ")
	}
	joined.WriteString(text)
}

// asText is the value as text.
func (v *value) asText() string {
	if v.isNumber {
		return v.number.text()
	}
	return v.text
}

// isAbsent recognises the marks that producers write in place of a value: the dash
// of log formats, the null of JSON writers, redaction marks.
func isAbsent(s string) bool {
	return s == "" || len(s) <= len("[redacted]") && absentInitials[s[0]] && absentMarks[s]
}

var absentMarks = wordSet("- null (null) <nil> nil unknown REDACTED Redacted [REDACTED] <redacted> [redacted]")

// absentInitials are the first bytes of absentMarks.
var absentInitials = initials(absentMarks)
