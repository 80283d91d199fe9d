// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package value

import (
	"strconv"
	"strings"

	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/agentvisits/agentvisitsexporter/internal/ascii"
)

// Value is the value of an attribute or of a member of a JSON object: a text or a
// number. The elements of a list are joined to one text.
type Value struct {
	Text     string
	number   Number
	IsNumber bool
}

// Text returns the value of a text.
func Text(s string) Value { return Value{Text: s} }

// Whole returns the value of a whole number.
func Whole(n int64) Value { return Value{number: Number{digits: n}, IsNumber: true} }

// OfNumber returns the value of a floating-point number.
func OfNumber(n float64) Value { return Value{number: numberOf(n), IsNumber: true} }

// Of returns the value of an attribute. That of a map is empty.
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

// joinedValue joins the elements of a list like those of a repeated header (RFC 9110,
// section 5.3).
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

// maxJoinedBytes is the length from which on a joined list takes no more elements.
const maxJoinedBytes = 8 << 10

// AppendElement joins an element of a list to those before it. An absent one is left
// out.
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

// AsText returns the value as text.
func (v *Value) AsText() string {
	if v.IsNumber {
		return v.number.text()
	}
	return v.Text
}

// IsAbsent reports whether s is a mark that producers write for lack of a value: the
// dash of log formats, the null of JSON writers, or a mark of redaction.
func IsAbsent(s string) bool {
	return s == "" || len(s) <= len("[redacted]") && absentInitials[s[0]] && absentMarks[s]
}

var absentMarks = ascii.WordSet("- null (null) <nil> nil unknown REDACTED Redacted [REDACTED] <redacted> [redacted]")

// absentInitials are the first bytes of absentMarks.
var absentInitials = ascii.Initials(absentMarks)
