// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import (
	"strconv"
)

// visitField is a field of a visit as text, absent being empty.
type visitField struct {
	name string
	text func(observed) string
}

// visitFields are the fields that are compared one by one, besides the times.
var visitFields = []visitField{
	{"method", func(v observed) string { return v.method }},
	{"scheme", func(v observed) string { return v.scheme }},
	{"host", func(v observed) string { return v.host }},
	{"path", func(v observed) string { return v.path }},
	{"query", func(v observed) string { return v.query }},
	{"status", func(v observed) string { return strconv.Itoa(v.status) }},
	{"user agent", func(v observed) string {
		if isAbsent(v.userAgent) {
			return ""
		}
		return v.userAgent
	}},
	{"client ip", func(v observed) string { return v.clientIP }},
	{"referer", func(v observed) string {
		if isAbsent(v.referer) {
			return ""
		}
		return v.referer
	}},
	{"content type", func(v observed) string { return v.contentType }},
}
