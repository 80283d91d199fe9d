// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package translate_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
	"github.com/agentvisits/agentvisitsexporter/internal/dev/translation"
	"github.com/agentvisits/agentvisitsexporter/internal/translate"
)

// sourceNote is the source.txt of a folder in testdata/sources.
type sourceNote struct {
	shape     string        // where the shape was taken from
	lacks     []string      // what the producer cannot supply as it is set up here
	precision time.Duration // of the producer's clock
	remedy    string        // how to make it supply that
	still     []string      // what it lacks even then
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
		case key == "still lacks":
			note.still = strings.Split(value, ", ")
		case key == "differs":
			note.differs = strings.Split(value, ", ")
		default:
			require.Fail(t, "unknown key", "%s: %s", folder, text)
		}
	}
	return note
}

func TestSourcesTellTheTruth(t *testing.T) {
	for _, folder := range fixture.SourceFolders(t) {
		t.Run(filepath.Base(folder), func(t *testing.T) {
			note := readSourceNote(t, folder)
			tr := translation.Folder(t, folder)
			if note.isNoSource() {
				assert.Empty(t, tr.Visits)
				return
			}
			require.NotEmpty(t, tr.Visits)
			assert.ElementsMatch(t, append(note.lacks, note.differs...), fixture.WrongFields(tr.Visits[0], note.precision), "%+v", tr.Visits[0])
		})
	}
}

// TestRemediesSupplyWhatTheyPromise translates the request as a producer records it that
// was set up as the remedy says.
func TestRemediesSupplyWhatTheyPromise(t *testing.T) {
	for _, folder := range fixture.SourceFolders(t) {
		path := filepath.Join(folder, "remedied.log")
		if !fixture.Exists(path) {
			continue
		}
		t.Run(filepath.Base(folder), func(t *testing.T) {
			note := readSourceNote(t, folder)
			assert.Less(t, len(note.still), len(note.lacks), "the remedy supplies nothing")
			tr := translation.Logs(translate.Config{}, fixture.Arrival, fixture.NewLines(fixture.Arrival, []byte(fixture.ReadFile(t, path))))
			require.Len(t, tr.Visits, 1)
			assert.ElementsMatch(t, note.still, fixture.WrongFields(tr.Visits[0], max(note.precision, time.Second)), "%+v", tr.Visits[0])
		})
	}
}

// score counts visits and fields of one source.
type score struct {
	expected, found       int
	right, missing, wrong int
}

// scoreFolder scores the request that every folder describes. TestSources compares the
// other items of a folder.
func scoreFolder(t *testing.T, folder string, note sourceNote) score {
	t.Helper()
	var golden []any
	require.NoError(t, json.Unmarshal([]byte(fixture.ReadFile(t, filepath.Join(folder, "known_agents.json"))), &golden))
	tr := translation.Folder(t, folder)
	s := score{expected: len(golden), found: len(tr.Visits)}
	if len(tr.Visits) == 0 {
		return s
	}
	s.right = len(fixture.VisitFields) + 2
	for _, name := range fixture.WrongFields(tr.Visits[0], note.precision) {
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

// scoreCapture scores all requests of a capture.
func scoreCapture(t *testing.T, c capture) score {
	t.Helper()
	requests, _ := c.expected(t)
	tr := c.translate(t)
	s := score{expected: len(requests), found: len(tr.Visits)}
	for i := range min(s.expected, s.found) {
		for _, f := range fixture.VisitFields {
			want, have, known := c.field(f, requests[i], tr.Visits[i])
			switch {
			case !known:
			case want != have:
				s.wrong++
			case slices.Contains(c.lacks, f.Name):
				s.missing++
			default:
				s.right++
			}
		}
	}
	return s
}

// fieldOrder is the order in which the table names what a source lacks.
var fieldOrder = []string{"host", "port", "scheme", "query", "client ip", "user agent", "referer", "content type", "time", "duration"}

// fidelityRow is a row of the table: sources that lack the same, with the same remedy.
type fidelityRow struct {
	lacks, remedy string
	sources       []string
	score
}

// fidelity has the rows in the order of their first sources. Those that lack nothing are the
// first row.
func fidelity(t *testing.T) []fidelityRow {
	t.Helper()
	rows := make([]fidelityRow, 1)
	add := func(source string, s score, lacks []string, remedy string) {
		assert.Equal(t, s.expected, s.found, source)
		assert.Zero(t, s.wrong, source)
		lacks = slices.SortedFunc(slices.Values(lacks), func(a, b string) int { return slices.Index(fieldOrder, a) - slices.Index(fieldOrder, b) })
		row := fidelityRow{lacks: strings.Join(lacks, ", "), remedy: remedy}
		at := slices.IndexFunc(rows, func(r fidelityRow) bool { return r.lacks == row.lacks && r.remedy == row.remedy })
		if at < 0 {
			at, rows = len(rows), append(rows, row)
		}
		r := &rows[at]
		r.sources = append(r.sources, source)
		r.expected, r.found, r.right, r.missing = r.expected+s.expected, r.found+s.found, r.right+s.right, r.missing+s.missing
	}
	for _, c := range captures {
		add(fmt.Sprintf("*%s, %s*", c.producer, c.file), scoreCapture(t, c), c.lacks, c.remedy)
	}
	for _, folder := range fixture.SourceFolders(t) {
		note := readSourceNote(t, folder)
		if !note.isNoSource() {
			add(fmt.Sprintf("[%s](../testdata/sources/%[1]s)", filepath.Base(folder)), scoreFolder(t, folder, note), note.lacks, note.remedy)
		}
	}
	return rows
}

// fidelityTable is the generated part of docs/sources.md.
func fidelityTable(t *testing.T) string {
	t.Helper()
	rows := fidelity(t)
	var out strings.Builder
	var sum score
	for _, r := range rows {
		sum.expected, sum.right, sum.missing = sum.expected+r.expected, sum.right+r.right, sum.missing+r.missing
	}
	fmt.Fprintf(&out, "All %d visits that are expected are found. Of %d fields %d are right, %d missing, and none wrong.\n\n", sum.expected, sum.right+sum.missing, sum.right, sum.missing)
	fmt.Fprintf(&out, "These lack nothing (%d visits):\n%s.\n\n", rows[0].expected, strings.Join(rows[0].sources, ", "))
	out.WriteString("| Source | Visits | Fields right | Lacks | Remedy |\n| --- | --- | --- | --- | --- |\n")
	for _, r := range rows[1:] {
		fmt.Fprintf(&out, "| %s | %d | %d/%d | %s | %s |\n", strings.Join(r.sources, ", "), r.expected, r.right, r.right+r.missing, r.lacks, inCell.Replace(r.remedy))
	}
	return out.String()
}

// inCell makes links of pages that a remedy names, and keeps its brackets from being HTML.
var inCell = strings.NewReplacer("docs/headers.md", "[headers.md](headers.md)", "docs/access-logs.md", "[access-logs.md](access-logs.md)", "<", "&lt;")

func (n sourceNote) isNoSource() bool { return slices.Contains(n.lacks, "everything") }

const (
	fidelityBegin = "<!-- fidelity: generated by `make fidelity` -->\n"
	fidelityEnd   = "<!-- end fidelity -->\n"
)

// TestFidelityTableIsCurrent shows the table with -v, and writes it with -update.
func TestFidelityTableIsCurrent(t *testing.T) {
	table := fidelityTable(t)
	t.Log("\n" + table)
	page := fixture.ReadFile(t, "docs/sources.md")
	before, rest, begun := strings.Cut(page, fidelityBegin)
	_, after, ended := strings.Cut(rest, fidelityEnd)
	require.True(t, begun && ended, "docs/sources.md has lost the marks around its table")
	fixture.RequireFile(t, "docs/sources.md", before+fidelityBegin+"\n"+table+"\n"+fidelityEnd+after)
}
