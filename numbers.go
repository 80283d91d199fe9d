// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import (
	"math"
	"strconv"
)

// asNumber is the value as a number, which may stand in a text.
func (v value) asNumber() (value, bool) {
	if v.isNumber {
		return v, !math.IsNaN(v.number)
	}
	if digits, decimals, ok := plainNumber(v.text); ok {
		if decimals < 0 {
			return wholeValue(digits), true
		}
		return numberValue(float64(digits) / powersOfTen[decimals]), true
	}
	if !looksNumeric(v.text) {
		return value{}, false
	}
	if isDigits(v.text) {
		n, err := strconv.ParseInt(v.text, 10, 64)
		return wholeValue(n), err == nil
	}
	n, err := strconv.ParseFloat(v.text, 64)
	return numberValue(n), err == nil && !math.IsNaN(n)
}

// plainNumber reads a number of up to fifteen digits with a point among them or
// none, as nearly all are: the digits, and how many stand behind the point, -1
// without one. A double holds such digits and the power of ten by which they are
// divided exactly, so the quotient is the one that strconv gives.
func plainNumber(s string) (digits int64, decimals int, ok bool) {
	if len(s) > 16 {
		return 0, 0, false
	}
	point := -1
	for i := range len(s) {
		if c := s[i] - '0'; c <= 9 {
			digits = digits*10 + int64(c)
			continue
		}
		if s[i] != '.' || point >= 0 {
			return 0, 0, false
		}
		point = i
	}
	if point < 0 {
		return digits, -1, len(s) > 0 && len(s) < 16
	}
	return digits, len(s) - 1 - point, len(s) > 1
}

var powersOfTen = [...]float64{1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15}

// looksNumeric spares the parsers text that is no number: their errors cost
// more than the look.
func looksNumeric(s string) bool {
	for i := range len(s) {
		if c := s[i]; (c < '0' || c > '9') && c != '.' && c != '-' && c != '+' && c|0x20 != 'e' {
			return false
		}
	}
	return s != "" && len(s) <= 32
}

// asStatus is a status code. Producers write 0 and -1 when no response was
// sent.
func (v value) asStatus() (int64, bool) {
	if v.isWhole && isStatus(v.integer) {
		return v.integer, true
	}
	if len(v.text) > 4 && v.text[3] == ' ' {
		v.text = v.text[:3] // "404 Not Found"
	}
	n, ok := v.asNumber()
	if !ok || !n.isWhole || !isStatus(n.integer) {
		return 0, false
	}
	return n.integer, true
}

// threeDigits is a number of three digits, as nearly all statuses in texts are, or
// 0.
func threeDigits(s string) int64 {
	if len(s) != 3 {
		return 0
	}
	hundreds, tens, ones := s[0]-'0', s[1]-'0', s[2]-'0'
	if hundreds > 9 || tens > 9 || ones > 9 {
		return 0
	}
	return int64(hundreds)*100 + int64(tens)*10 + int64(ones)
}

func isStatus(n int64) bool { return n >= 100 && n <= 599 }
