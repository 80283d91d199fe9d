// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package accesslog

import (
	"iter"
	"strings"

	"github.com/agentvisits/agentvisitsexporter/internal/ascii"
)

// Labels are the values of a line in LTSV (http://ltsv.org): "label:value" between tabs.
type Labels struct {
	line      string
	separator string // between a label and its value
}

// tskv begins the lines of TSKV, which Yandex' servers write: "key=value" between tabs.
const tskv = "tskv\t"

var tskvEscapes = strings.NewReplacer(`\=`, "=", `\\`, `\`)

// NewLabels returns the labels of a line. Of a text with several lines it is the first that
// has two parts. It reports false if not every part of the line has a label.
func NewLabels(text string) (Labels, bool) {
	if strings.IndexByte(text, '\t') < 0 {
		return Labels{}, false
	}
	line := firstLineWith(text, '\t')
	if pairs, ok := strings.CutPrefix(line, tskv); ok {
		return Labels{pairs, "="}, true
	}
	if _, first, _ := strings.Cut(line, ":"); ascii.IsDigit(line[0]) || strings.HasPrefix(first, " ") {
		return Labels{}, false // a time or a word that something else writes before the labels
	}
	for part := range strings.SplitSeq(line, "\t") {
		label, _, found := strings.Cut(part, ":")
		if part != "" && (!found || !labelBytes.HoldAll(label)) {
			return Labels{}, false
		}
	}
	return Labels{line, ":"}, true
}

var labelBytes = ascii.NewByteSet("._-")

// usualKeys are the keys by which all other producers call what the labels stand for
// that LTSV recommends and that mean something else elsewhere.
var usualKeys = map[string]string{
	"host":             "remote_addr",
	"vhost":            "http_host",
	"forwardedfor":     "http_x_forwarded_for",
	"req":              "request_line",
	"method":           "request_method",
	"uri":              "request_uri",
	"time":             "time_local",
	"reqtime":          "request_time",
	"reqtime_microsec": "duration_us",
}

// All yields the key and the text of each value. A label that isOwn knows is its own key: its
// user says what it means.
func (l Labels) All(isOwn func(label string) bool) iter.Seq2[string, string] {
	return func(yield func(key, text string) bool) {
		if l.separator == "=" {
			l.pairs(yield)
			return
		}
		for part := range strings.SplitSeq(l.line, "\t") {
			key, text, _ := strings.Cut(part, ":")
			if usual, ok := usualKeys[key]; ok && !isOwn(key) {
				key = usual
			}
			if key == "request_line" && strings.Count(text, " ") > 2 { // a target has no space
				continue
			}
			if part != "" && !yield(key, text) {
				return
			}
		}
	}
}

// pairs yields the pairs of a line in TSKV. Its time and the zone of it are two of them.
func (l Labels) pairs(yield func(key, text string) bool) {
	time, zone := "", ""
	for part := range strings.SplitSeq(l.line, "\t") {
		key, text, _ := strings.Cut(part, "=")
		if strings.IndexByte(text, '\\') >= 0 {
			text = tskvEscapes.Replace(text)
		}
		if key == "unixtime" { // nginx writes it with the response
			key = "ts"
		}
		switch {
		case key == "timestamp":
			time = text
		case key == "timezone":
			zone = text
		case key != "" && !yield(key, text):
			return
		}
	}
	if time != "" {
		yield("timestamp", time+zone)
	}
}
