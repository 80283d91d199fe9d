// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package privacy

import (
	"strings"

	"github.com/agentvisits/agentvisitsexporter/internal/ascii"
	"github.com/agentvisits/agentvisitsexporter/internal/uri"
)

// maxDecodings bounds how often holdsAddress decodes a text. Each time undoes up to two
// levels of escapes.
const maxDecodings = 4

// holdsAddress reports whether an IP address stands anywhere in a text, which may be
// percent-encoded. It prefers a false alarm to a miss: it takes a::b for an address,
// and a text that is still encoded after maxDecodings. It does not see an address
// that is written as one number or in base 64.
func holdsAddress(text string) bool {
	for range maxDecodings {
		if hasIPv4(text) || hasIPv6(text) {
			return true
		}
		decoded := uri.UnescapePercent(text)
		if decoded == text {
			return false
		}
		text = decoded
	}
	return true
}

// addressSeparators stand between the numbers of an address. Host names use the last
// two, as in ec2-203-0-113-9.
const addressSeparators = ".:-_"

// hasIPv4 looks for four numbers up to 255 with one separator, the same each time,
// between them.
func hasIPv4(text string) bool {
	for i := range len(text) {
		if ascii.IsDigit(text[i]) && (i == 0 || !ascii.IsDigit(text[i-1])) && startsIPv4(text[i:]) {
			return true
		}
	}
	return false
}

// startsIPv4 reports whether such an address stands at the start of a text.
func startsIPv4(text string) bool {
	separator := byte(0)
	for part := range 4 {
		number, digits := 0, 0
		for digits < len(text) && ascii.IsDigit(text[digits]) {
			number = min(number*10+int(text[digits]-'0'), 256)
			digits++
		}
		if digits == 0 || digits > 3 || number > 255 {
			return false
		}
		if text = text[digits:]; part == 3 {
			break
		}
		if text == "" || strings.IndexByte(addressSeparators, text[0]) < 0 || part > 0 && text[0] != separator {
			return false
		}
		separator, text = text[0], text[1:]
	}
	return true
}

// hasIPv6 looks for a double colon beside a hexadecimal digit, and for eight
// hexadecimal numbers with one separator, the same each time, between them.
func hasIPv6(text string) bool {
	separator, groups, digits := byte(0), 0, 0
	for i := range len(text) {
		c := text[i]
		switch {
		case ascii.IsHex(c):
			digits++
			if digits <= 4 && groups == 7 {
				return true
			}
		case strings.IndexByte(addressSeparators, c) < 0:
			groups, digits = 0, 0
		case digits == 0:
			if c == ':' && i > 0 && text[i-1] == ':' && (i > 1 && ascii.IsHex(text[i-2]) || i+1 < len(text) && ascii.IsHex(text[i+1])) {
				return true
			}
			groups = 0
		case groups == 0 || c != separator || digits > 4:
			separator, groups, digits = c, 1, 0 // the end of a longer word may be the first number
		default:
			groups, digits = groups+1, 0
		}
	}
	return false
}
