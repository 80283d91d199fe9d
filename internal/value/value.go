// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package value

import (
	"strconv"
	"strings"

	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/agentvisits/agentvisitsexporter/internal/ascii"
)

// Value is the value of an attribute or of a member of a JSON text: a text or
// a number. A list's elements are joined.
type Value struct {
	Text     string
	number   number
	IsNumber bool
}

func Text(s string) Value { return Value{Text: s} }

func Whole(n int64) Value { return Value{number: number{digits: n}, IsNumber: true} }

func OfNumber(n float64) Value { return Value{number: numberOf(n), IsNumber: true} }

// Of reads an attribute's value. A map has none.
func Of(v pcommon.Value) Value {
	switch v.Type() {
	case pcommon.ValueTypeStr:
		return Text(v.Str())
	case pcommon.ValueTypeInt:
		return Whole(v.Int())
	case pcommon.ValueTypeDouble:
		return OfNumber(v.Double())
	case pcommon.ValueTypeBool:
		return Text(strconv.FormatBool(v.Bool()))
	case pcommon.ValueTypeSlice:
		return joinedValue(v.Slice())
	}
	return Value{}
}

// joinedValue joins a list's elements like repeated headers (RFC 9110, section 5.3).
func joinedValue(list pcommon.Slice) Value {
	if list.Len() == 1 && list.At(0).Type() != pcommon.ValueTypeSlice {
		return Of(list.At(0))
	}
	var joined strings.Builder
	for _, element := range list.All() {
		if element.Type() != pcommon.ValueTypeSlice {
			AppendElement(&joined, Of(element))
		}
	}
	return Text(joined.String())
}

// maxJoinedBytes is the length of a joined list after which no element is added.
const maxJoinedBytes = 8 << 10

// AppendElement joins an element of a list to those before it.
func AppendElement(joined *strings.Builder, element Value) {
	text := element.AsText()
	if IsAbsent(text) || joined.Len() > maxJoinedBytes {
		return
	}
	if joined.Len() > 0 {
		joined.WriteString(", ")
	}
	joined.WriteString(text)
}

// AsText is the value as text.
func (v *Value) AsText() string {
	if v.IsNumber {
		return v.number.text()
	}
	return v.Text
}

// IsAbsent recognises the marks that producers write in place of a value: the dash
// of log formats, the null of JSON writers, redaction marks.
func IsAbsent(s string) bool {
	return s == "" || len(s) <= len("[redacted]") && absentInitials[s[0]] && absentMarks[s]
}

var absentMarks = ascii.WordSet("- null (null) <nil> nil unknown REDACTED Redacted [REDACTED] <redacted> [redacted]")

// absentInitials are the first bytes of absentMarks.
var absentInitials = ascii.Initials(absentMarks)
