// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import (
	"encoding/json"
	"fmt"
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
			if note.isNoSource() {
				assert.Empty(t, tr.visits)
				return
			}
			require.NotEmpty(t, tr.visits)
			assert.ElementsMatch(t, append(note.lacks, note.differs...), wrongFields(tr.visits[0], note.precision), "%+v", tr.visits[0])
		})
	}
}

// score counts visits and fields of one source.
type score struct {
	expected, found       int
	right, missing, wrong int
}

func (s score) String() string {
	return fmt.Sprintf("%d | %d | %d | %d | %d", s.expected, s.found, s.right, s.missing, s.wrong)
}

// scoreFolder counts over the request that every folder describes; the others
// of a folder are compared by TestSources.
func scoreFolder(t *testing.T, folder string, note sourceNote) score {
	t.Helper()
	var golden []any
	require.NoError(t, json.Unmarshal([]byte(readFile(t, filepath.Join(folder, "known_agents.json"))), &golden))
	tr := translateFolder(t, folder)
	s := score{expected: len(golden), found: len(tr.visits)}
	if len(tr.visits) == 0 {
		return s
	}
	s.right = len(visitFields) + 2
	for _, name := range wrongFields(tr.visits[0], note.precision) {
		switch {
		case slices.Contains(note.lacks, name):
			s.missing++
			s.right--
		case !slices.Contains(note.differs, name):
			s.wrong++
			s.right--
		}
	}
	return s
}

// scoreCapture counts over all requests of a capture.
func scoreCapture(t *testing.T, c capture) score {
	t.Helper()
	requests, _ := c.expected(t)
	tr := c.translate(t)
	s := score{expected: len(requests), found: len(tr.visits)}
	for i := range min(s.expected, s.found) {
		for _, f := range visitFields {
			want, have, known := c.field(f, requests[i], tr.visits[i])
			switch {
			case !known:
			case want != have:
				s.wrong++
			case slices.Contains(c.lacks, f.name):
				s.missing++
			default:
				s.right++
			}
		}
	}
	return s
}

// fidelityTable is the generated part of docs/sources.md.
func fidelityTable(t *testing.T) string {
	t.Helper()
	var out strings.Builder
	out.WriteString("| Source | Visits expected | found | Fields right | missing | wrong | Cannot supply | How to make it supply that |\n")
	out.WriteString("| --- | --- | --- | --- | --- | --- | --- | --- |\n")
	for _, c := range captures {
		fmt.Fprintf(&out, "| captured: %s, %s | %s | %s | %s |\n", c.producer, c.file, scoreCapture(t, c), strings.Join(c.lacks, ", "), c.remedy)
	}
	for _, folder := range sourceFolders(t) {
		note := readSourceNote(t, folder)
		if note.isNoSource() {
			continue
		}
		fmt.Fprintf(&out, "| [%s](../%s) | %s | %s | %s |\n", filepath.Base(folder), filepath.ToSlash(folder),
			scoreFolder(t, folder, note), strings.Join(note.lacks, ", "), note.remedy)
	}
	return out.String()
}

func (n sourceNote) isNoSource() bool { return slices.Contains(n.lacks, "everything") }

const (
	fidelityBegin = "<!-- fidelity: generated by `make fidelity` -->\n"
	fidelityEnd   = "<!-- end fidelity -->\n"
)

// TestFidelityTableIsCurrent writes the table with -update, and shows it with -v.
func TestFidelityTableIsCurrent(t *testing.T) {
	table := fidelityTable(t)
	t.Log("\n" + table)
	page := readFile(t, "docs/sources.md")
	before, rest, begun := strings.Cut(page, fidelityBegin)
	_, after, ended := strings.Cut(rest, fidelityEnd)
	require.True(t, begun && ended, "docs/sources.md has lost the marks around its table")
	requireFile(t, "docs/sources.md", before+fidelityBegin+"\n"+table+"\n"+fidelityEnd+after)
}
