// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package value

import (
	"math"
	"strconv"

	"github.com/agentvisits/agentvisitsexporter/internal/ascii"
)

// Number is digits / 10^places exactly, or a floating-point number.
type Number struct {
	digits int64
	double float64 // if places is inexact
	places int8
}

// inexact stands for places in a number that is a floating-point number.
const inexact = -1

// numberOf returns n as a number, which is exact if n is whole.
func numberOf(n float64) Number {
	if n == math.Trunc(n) && math.Abs(n) < 1<<53 {
		return Number{digits: int64(n)}
	}
	return Number{double: n, places: inexact}
}

// Float returns the number as strconv would read it. A float64 holds both the digits
// and the power of ten exactly, so their quotient is rounded only once.
func (n *Number) Float() float64 {
	switch n.places {
	case inexact:
		return n.double
	case 0:
		return float64(n.digits)
	}
	return float64(n.digits) / powersOfTen[n.places]
}

var powersOfTen = [...]float64{1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15}

// whole returns the number as an integer, if its fraction is zero.
func (n *Number) whole() (whole int64, ok bool) {
	if n.places == 0 {
		return n.digits, true
	}
	whole = int64(n.Float())
	return whole, n.places > 0 && float64(whole) == n.Float()
}

// times returns the number times a unit, if the product is whole, not negative and not
// too large.
func (n *Number) times(unit int64) (product int64, ok bool) {
	places := n.places
	for ; places > 0 && unit > 1; places-- {
		unit /= 10
	}
	if places != 0 || unit == 0 || n.digits < 0 || n.digits > math.MaxInt64/unit {
		return 0, false
	}
	return n.digits * unit, true
}

// text returns the number in its shortest form.
func (n *Number) text() string {
	if whole, ok := n.whole(); ok {
		return strconv.FormatInt(whole, 10)
	}
	return strconv.FormatFloat(n.Float(), 'g', -1, 64)
}

// AsNumber returns the value as a number. A text may hold one; NaN is none.
func (v Value) AsNumber() (Number, bool) {
	if v.IsNumber {
		return v.number, !math.IsNaN(v.number.double)
	}
	return parseNumber(v.Text)
}

// parseNumber reads a number in any form that producers write.
func parseNumber(s string) (Number, bool) {
	if digits, places, ok := parseDecimal(s); ok {
		return Number{digits: digits, places: int8(places)}, true
	}
	if !looksNumeric(s) {
		return Number{}, false
	}
	if ascii.IsDigits(s) {
		n, err := strconv.ParseInt(s, 10, 64)
		return Number{digits: n}, err == nil
	}
	n, err := strconv.ParseFloat(s, 64)
	return numberOf(n), err == nil && !math.IsNaN(n)
}

// parseDecimal reads up to fifteen digits, with a point or without. Nearly all numbers
// in texts have this form. The number is digits / 10^places.
func parseDecimal(s string) (digits int64, places int, ok bool) {
	if len(s) > 16 {
		return 0, 0, false
	}
	i := 0
	for ; i < len(s) && s[i]-'0' <= 9; i++ {
		digits = digits*10 + int64(s[i]-'0')
	}
	if i == len(s) {
		return digits, 0, len(s) > 0 && len(s) < 16
	}
	if s[i] != '.' {
		return 0, 0, false
	}
	places = len(s) - 1 - i
	for i++; i < len(s); i++ {
		if s[i]-'0' > 9 {
			return 0, 0, false
		}
		digits = digits*10 + int64(s[i]-'0')
	}
	return digits, places, len(s) > 1
}

// looksNumeric keeps other texts from strconv, whose errors cost more than this look.
func looksNumeric(s string) bool {
	for i := range len(s) {
		if c := s[i]; (c < '0' || c > '9') && c != '.' && c != '-' && c != '+' && c|0x20 != 'e' {
			return false
		}
	}
	return s != "" && len(s) <= 32
}

// AsStatus returns the value as a status code. Text may follow the code, as in
// "404 Not Found". The 0 and -1 that producers write if no response was sent are none.
func (v Value) AsStatus() (int64, bool) {
	if len(v.Text) > 4 && v.Text[3] == ' ' {
		v.Text = v.Text[:3]
	}
	n, _ := v.AsNumber()
	code, ok := n.whole()
	if !ok || code < 100 || code > 599 {
		return 0, false
	}
	return code, true
}
