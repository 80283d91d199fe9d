// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// visitField is a field of a visit as text, absent being empty.
type visitField struct {
	name string
	text func(observed) string
}

// visitFields are the fields that are compared one by one.
var visitFields = []visitField{
	{"method", func(v observed) string { return v.method }},
	{"scheme", func(v observed) string { return v.scheme }},
	{"host", func(v observed) string { return v.host }},
	{"path", func(v observed) string { return v.path }},
	{"query", func(v observed) string { return v.query }},
	{"status", func(v observed) string { return strconv.Itoa(v.status) }},
	{"user agent", func(v observed) string { return v.userAgent }},
	{"client ip", func(v observed) string { return v.clientIP }},
	{"referer", func(v observed) string { return v.referer }},
	{"content type", func(v observed) string { return v.contentType }},
}

// truth is the request that the first item of every folder below
// testdata/sources describes, as far as its producer can.
var truth = observed{
	start:       time.Date(2026, time.May, 4, 9, 15, 2, 120e6, time.UTC),
	duration:    38 * time.Millisecond,
	method:      "GET",
	scheme:      "https",
	host:        "www.example.com",
	path:        "/guides/llamas",
	query:       "utm_source=chatgpt.com&q=a%20b",
	status:      200,
	userAgent:   "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; +https://openai.com/gptbot)",
	clientIP:    "203.0.113.9",
	referer:     "https://chatgpt.com/",
	contentType: "text/html; charset=utf-8",
}

// sourceNote is the source.txt of a folder below testdata/sources.
type sourceNote struct {
	shape     string        // where the shape was taken from
	lacks     []string      // what the producer cannot supply as it is set up here
	precision time.Duration // of the producer's clock
	remedy    string        // how to make it supply that
	differs   []string      // what is not as in truth, on purpose
}

func readSourceNote(t *testing.T, folder string) sourceNote {
	t.Helper()
	file, err := os.ReadFile(filepath.Join(folder, "source.txt"))
	require.NoError(t, err)
	note := sourceNote{precision: time.Millisecond}
	for i, text := range strings.Split(strings.TrimSpace(string(file)), "\n") {
		key, value, _ := strings.Cut(text, ": ")
		switch {
		case i == 0:
			note.shape = text
		case key == "lacks":
			note.lacks = strings.Split(value, ", ")
		case key == "precision":
			note.precision, err = time.ParseDuration(value)
			require.NoError(t, err)
		case key == "remedy":
			note.remedy = value
		case key == "differs":
			note.differs = strings.Split(value, ", ")
		default:
			require.Fail(t, "unknown key", "%s: %s", folder, text)
		}
	}
	return note
}

// wrongFields are the fields of the visit that differ from the truth.
func wrongFields(v observed, precision time.Duration) []string {
	var wrong []string
	if v.start.Sub(truth.start).Abs() > precision {
		wrong = append(wrong, "time")
	}
	if (v.duration - truth.duration).Abs() > time.Millisecond {
		wrong = append(wrong, "duration")
	}
	for _, f := range visitFields {
		if f.text(v) != f.text(truth) {
			wrong = append(wrong, f.name)
		}
	}
	return wrong
}

func TestSourcesTellTheTruth(t *testing.T) {
	for _, folder := range sourceFolders(t) {
		t.Run(filepath.Base(folder), func(t *testing.T) {
			note := readSourceNote(t, folder)
			tr := translateFolder(t, folder)
			if slices.Equal(note.lacks, []string{"everything"}) {
				assert.Empty(t, tr.visits)
				return
			}
			require.NotEmpty(t, tr.visits)
			assert.ElementsMatch(t, append(note.lacks, note.differs...), wrongFields(tr.visits[0], note.precision), "%+v", tr.visits[0])
		})
	}
}
