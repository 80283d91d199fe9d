// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package accesslog

import (
	"strings"

	"github.com/agentvisits/agentvisitsexporter/internal/ascii"
)

var levels = ascii.WordSet("TRACE DEBUG INFO NOTICE WARN WARNING ERROR FATAL CRITICAL ACCESS trace debug info notice warn warning error fatal critical access OUT ERR")

// quietLevels are those levels that begin no sentence of a fault.
var quietLevels = ascii.WordSet("Trace Debug Info Information Notice Access")

func isLevel(word string) bool { return levels[strings.Trim(word, "[]()")] }

// isLoggerBefore reports whether up to three names come next, and then a dash with an
// address or a level after it.
func isLoggerBefore(c cursor) bool {
	for range 3 {
		if word := c.word(); !isLoggerName(word) && !isPlaceInCode(word) {
			return false
		}
		ahead := c
		if ahead.word() == "-" {
			next := ahead.next()
			return next != "" && (next[0] == '/' || isAddress(next) || isLevel(next) || isHTTPStatus(next))
		}
	}
	return false
}

// isPlaceInCode reports whether a word is the module, the function and the line from which
// Python's Loguru was called: "shop.access:log:12".
func isPlaceInCode(word string) bool {
	module, rest, _ := strings.Cut(word, ":")
	function, line, found := strings.Cut(rest, ":")
	return found && isLoggerName(module) && isLoggerName(function) && ascii.IsDigits(line)
}

// isNumbered reports whether a word is the name of a logger with a number, as ASP.NET Core
// writes it in one line: "info: Microsoft.AspNetCore.Hosting.Diagnostics[2]".
func isNumbered(word string) bool {
	name, number, found := strings.Cut(strings.TrimSuffix(word, "]"), "[")
	return found && strings.HasSuffix(word, "]") && isLoggerName(name) && ascii.IsDigits(number)
}

// isLoggerName reports whether a word can be the name of a logger or a thread.
func isLoggerName(word string) bool {
	return word != "" && !ascii.IsDigit(word[0]) && loggerBytes.HoldAll(word) && word != "-"
}

var loggerBytes = ascii.NewByteSet("._-$/")
