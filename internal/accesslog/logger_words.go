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

// servingWords are those in the names of loggers and threads of programs that serve requests.
var servingWords = ascii.NewWordFilter(ascii.WordSet(`
	access accesslog http https httpd httplog httpserver web webserver www server app application api backend frontend gateway ingress proxy main
	request requests requestlog requestlogger requestlogging log logs logger logging router routing handler middleware hosting
	express morgan next nextjs nuxt koa hono strapi fastify nest nestjs node nodejs npm bun deno gin fiber echo chi beego
	ktor rails rack puma rocket actix axum tower flask django tornado sanic uvicorn gunicorn aiohttp aspnetcore kestrel spring utc`))

// isOfServer reports whether the names before a line, beside its level and its time, are only those
// of a program that serves requests: "[main] access:", but not "cron:" or "(attempt 2)". Tests have
// the names of what they test.
func isOfServer(names string) bool {
	for word := range strings.FieldsSeq(names) {
		word = strings.Trim(word, "[](){}<>:|,-#*")
		if len(word) < 2 || ascii.IsDigit(word[0]) || isRequestID(word) || isLevel(word) || quietLevels[word] || namesInTimes[word] || isThread(word) {
			continue
		}
		if level, name, found := strings.Cut(word, ":"); found && isLevel(level) {
			word = name
		}
		if !isServing(word) {
			return false
		}
	}
	return true
}

// isRequestID reports whether a word is the number of a request, such as a UUID.
func isRequestID(word string) bool {
	hasDigit := false
	for i := range len(word) {
		if !ascii.IsHex(word[i]) && word[i] != '-' {
			return false
		}
		hasDigit = hasDigit || ascii.IsDigit(word[i])
	}
	return hasDigit
}

// isThread reports whether a name ends with a number, as in "http-nio-8080-exec-1".
func isThread(name string) bool {
	dash := strings.LastIndexAny(name, "-_#")
	return dash > 0 && ascii.IsDigits(name[dash+1:])
}

// isServing reports whether a word of a name is one of servingWords, and none is of a test.
func isServing(name string) bool {
	var lower [maxBracketed]byte
	found, from := false, 0
	for i := 0; i <= len(name) && i < len(lower); i++ {
		if i < len(name) && (name[i]|0x20 >= 'a' && name[i]|0x20 <= 'z') {
			isNext := i > from && name[i] < 'a' && name[i-1] >= 'a'
			if lower[i] = name[i] | 0x20; !isNext {
				continue
			}
		}
		switch word := lower[from:i]; {
		case string(word) == "test", string(word) == "tests", string(word) == "spec":
			return false
		case servingWords.Has(word):
			found = true
		}
		if from = i; i < len(name) && lower[i] == 0 {
			from++
		}
	}
	return found
}

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
