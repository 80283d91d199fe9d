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

func (s score) String() string {
	return fmt.Sprintf("%d | %d | %d | %d | %d", s.expected, s.found, s.right, s.missing, s.wrong)
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

// fidelityTable is the generated part of docs/sources.md.
func fidelityTable(t *testing.T) string {
	t.Helper()
	var out strings.Builder
	out.WriteString("| Source | Visits expected | found | Fields right | missing | wrong | Cannot supply | How to make it supply that |\n")
	out.WriteString("| --- | --- | --- | --- | --- | --- | --- | --- |\n")
	for _, c := range captures {
		fmt.Fprintf(&out, "| captured: %s, %s | %s | %s | %s |\n", c.producer, c.file, scoreCapture(t, c), strings.Join(c.lacks, ", "), c.remedy)
	}
	for _, folder := range fixture.SourceFolders(t) {
		note := readSourceNote(t, folder)
		if note.isNoSource() {
			continue
		}
		fmt.Fprintf(&out, "| [%s](../testdata/sources/%[1]s) | %s | %s | %s |\n", filepath.Base(folder),
			scoreFolder(t, folder, note), strings.Join(note.lacks, ", "), note.remedy)
	}
	return out.String()
}

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
