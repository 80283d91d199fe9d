// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
	"github.com/agentvisits/agentvisitsexporter/internal/report"
)

var now = time.Date(2026, time.June, 1, 12, 0, 0, 0, time.UTC)

// logLines are n lines of the combined format, a minute apart, of agents and people.
func logLines(n int) (lines []string) {
	random := rand.New(rand.NewPCG(5, 6))
	agents := []string{"GPTBot/1.2", "Mozilla/5.0 (compatible; ClaudeBot/1.0)", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"}
	for i := range n {
		at := time.Date(2026, time.May, 4, 0, i, 0, 0, time.UTC)
		lines = append(lines, fmt.Sprintf("192.0.2.%d - - [%s] \"GET /page/%d HTTP/1.1\" %d 512 \"https://chatgpt.com/\" %q\n",
			random.IntN(250), at.Format("02/Jan/2006:15:04:05 -0700"), random.IntN(30), []int{200, 200, 404}[random.IntN(3)], agents[random.IntN(3)]))
	}
	return lines
}

func put(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
	return path
}

// jsonOf is the report of some files.
func jsonOf(t *testing.T, stdin string, args ...string) (r report.Report) {
	t.Helper()
	var out, faults bytes.Buffer
	require.NoError(t, runReport(append([]string{"-json"}, args...), strings.NewReader(stdin), &out, &faults, now))
	require.NoError(t, json.Unmarshal(out.Bytes(), &r))
	return r
}

func TestHowALogIsDividedIntoFilesDoesNotChangeTheReport(t *testing.T) {
	lines := logLines(4000)
	want := jsonOf(t, "", put(t, "access.log", strings.Join(lines, "")))
	assert.Equal(t, uint64(4000), want.Visits)
	random := rand.New(rand.NewPCG(7, 8))
	for range 5 {
		var names []string
		for from := 0; from < len(lines); {
			to := min(len(lines), from+1+random.IntN(2000))
			content := strings.Join(lines[from:to], "")
			if random.IntN(2) == 0 {
				var packed bytes.Buffer
				w := gzip.NewWriter(&packed)
				_, err := w.Write([]byte(content))
				require.NoError(t, err)
				require.NoError(t, w.Close())
				content = packed.String()
			}
			names = append(names, put(t, fmt.Sprintf("part-%d.log", random.IntN(1000)), content))
			from = to
		}
		random.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
		got := jsonOf(t, "", names...)
		assert.Len(t, got.Files, len(names))
		got.Files = want.Files
		assert.Equal(t, want, got)
	}
}

func TestStandardInputHasTheSameReport(t *testing.T) {
	text := strings.Join(logLines(500), "")
	want, got := jsonOf(t, "", put(t, "access.log", text)), jsonOf(t, text, "-")
	got.Files = want.Files
	assert.Equal(t, want, got)
}

func TestSinceAndUntilChooseVisits(t *testing.T) {
	name := put(t, "access.log", strings.Join(logLines(4000), ""))
	r := jsonOf(t, "", "-since", "2026-05-05", "-until", "2026-05-06", name)
	assert.Equal(t, uint64(24*60), r.Visits)
	assert.Equal(t, []string{"2026-05-05"}, r.Periods)
	assert.NotEmpty(t, r.Notes)
}

func TestACopyCountsOnce(t *testing.T) {
	text := strings.Join(logLines(100), "")
	r := jsonOf(t, "", put(t, "access.log.1", text), put(t, "access.log.2", text))
	assert.Equal(t, uint64(100), r.Visits)
	require.Len(t, r.Notes, 1)
	assert.Contains(t, r.Notes[0], "taken for a copy")
}

func TestLinesWithoutATimeCountAndAreSaidToLackIt(t *testing.T) {
	r := jsonOf(t, `{"method":"GET","path":"/x","status":200,"user_agent":"GPTBot/1.2"}`+"\n", "-")
	assert.Equal(t, uint64(1), r.Visits)
	assert.Empty(t, r.Periods)
	assert.Equal(t, "time", r.Lacks[0].Part)
}

func TestWhatIsNoVisitIsSaidWithItsPlaceAndRemedy(t *testing.T) {
	name := put(t, "access.log", strings.Join(logLines(10), "")+"nonsense\n"+strings.Repeat("x", 2<<20)+"\n")
	r := jsonOf(t, "", name)
	require.Len(t, r.Skipped, 1)
	assert.Equal(t, uint64(2), r.Skipped[0].Lines)
	assert.Equal(t, name+":11", r.Skipped[0].First)
	assert.NotEmpty(t, r.Skipped[0].Remedy)
	assert.Equal(t, []string{"Lines that are longer than 1 MiB, which were not read: 1."}, r.Notes)
}

func TestALogWithoutAnyVisitSaysSoFirst(t *testing.T) {
	r := jsonOf(t, "nonsense\nnonsense\n", "-")
	assert.Equal(t, []string{"None of the lines is a visit. Below is why, and what helps."}, r.Notes)
}

func TestTheRestIsReportedWhenAFileCannotBeRead(t *testing.T) {
	var out, faults bytes.Buffer
	err := runReport([]string{put(t, "access.log", strings.Join(logLines(10), "")), "/does/not/exist"}, nil, &out, &faults, now)
	require.ErrorContains(t, err, "no such file")
	assert.Contains(t, out.String(), "10 lines in 1 file")
	assert.Contains(t, out.String(), "Not read: open /does/not/exist")
}

func TestThePageIsWrittenWhereTheUserSays(t *testing.T) {
	page := filepath.Join(t.TempDir(), "report.html")
	var out, faults bytes.Buffer
	require.NoError(t, runReport([]string{"-html", page, put(t, "access.log", strings.Join(logLines(10), ""))}, nil, &out, &faults, now))
	written, err := os.ReadFile(page)
	require.NoError(t, err)
	assert.True(t, bytes.HasPrefix(written, []byte("<!DOCTYPE html>")))
	assert.Contains(t, out.String(), page)
}

func TestALogIsNeverTakenForThePageToWrite(t *testing.T) {
	name := put(t, "access.log", "a line\n")
	var out, faults bytes.Buffer
	require.ErrorContains(t, runReport([]string{"-html", name, name}, nil, &out, &faults, now), "-html report.html")
	content, err := os.ReadFile(name)
	require.NoError(t, err)
	assert.Equal(t, "a line\n", string(content))
}

func TestTheExitCodeTellsAWrongCommandLineFromAFileThatCannotBeRead(t *testing.T) {
	log := put(t, "access.log", strings.Join(logLines(3), ""))
	for name, c := range map[string]struct {
		args []string
		want int
	}{
		"all was read":         {[]string{log}, 0},
		"the help":             {[]string{"-h"}, 0},
		"no file":              {nil, 2},
		"no such option":       {[]string{"-x", log}, 2},
		"no time":              {[]string{"-since", "soon", log}, 2},
		"nothing between":      {[]string{"-since", "2026-05-05", "-until", "2026-05-04", log}, 2},
		"no known agent":       {[]string{"-agent", "NoSuchAgent", log}, 2},
		"a log for the page":   {[]string{"-html", log, log}, 2},
		"a file is not there":  {[]string{log, log + ".1"}, 1},
		"no file is there":     {[]string{log + ".1"}, 1},
		"the page has no room": {[]string{"-html", filepath.Join(log, "report.html"), log}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			var out, faults bytes.Buffer
			code := exitCode(run(append([]string{"report"}, c.args...), nil, &out, &faults), &faults)
			assert.Equal(t, c.want, code, faults.String())
			assert.Equal(t, name == "all was read", faults.Len() == 0, "what is wrong is said")
		})
	}
}

func TestACommandLineThatSaysNothingShowsTheUsage(t *testing.T) {
	for _, args := range [][]string{{}, {"reprot"}, {"report"}, {"report", "-x", "f"}} {
		var out, faults bytes.Buffer
		require.ErrorIs(t, run(args, nil, &out, &faults), errUsage, args)
		assert.Contains(t, faults.String(), "replay report")
	}
	t.Setenv("PATH", "")
	require.ErrorContains(t, run([]string{"deliver"}, nil, nil, nil), "make replay")
}

func TestTheReportIsCompiledWithoutTheCollector(t *testing.T) {
	out, err := goList(t, "./cmd/replay")
	require.NoError(t, err)
	for _, path := range []string{"go.opentelemetry.io/collector/exporter", "go.opentelemetry.io/collector/confmap", "google.golang.org/grpc", "google.golang.org/protobuf"} {
		assert.NotContains(t, out, path)
	}
}

// goList lists what a package is compiled of.
func goList(t *testing.T, path string) (string, error) {
	t.Helper()
	list := exec.CommandContext(t.Context(), "go", "list", "-deps", path)
	list.Dir = fixture.InRoot(".")
	out, err := list.Output()
	return string(out), err
}

func TestOfAllAgentsOnlyTheChosenOneCounts(t *testing.T) {
	file := put(t, "access.log", strings.Join(logLines(3000), ""))
	all, one := jsonOf(t, "", file), jsonOf(t, "", "-agent", "gptbot", file)
	require.Len(t, one.Agents, 1)
	require.Len(t, all.Agents, 2)
	for _, a := range all.Agents {
		if a.Name == "GPTBot" {
			assert.Equal(t, a, one.Agents[0])
		}
	}
	for _, p := range one.Pages {
		assert.Equal(t, []report.Count{{Name: "GPTBot", Visits: p.Read()}}, p.Agents)
	}
	assert.Equal(t, all.SentBy, one.SentBy, "people whom assistants sent are nobody's visits")
	assert.Contains(t, one.Notes, "Of all agents only GPTBot counts, beside people. People whom assistants sent use browsers.")
}

func TestAnAgentThatIsNotKnownIsRefusedWithTheNearestName(t *testing.T) {
	file := put(t, "access.log", "")
	for name, want := range map[string]string{"ChatGPT-Usr": "did you mean ChatGPT-User?", "Zzz": "names those that came"} {
		assert.ErrorContains(t, runReport([]string{"-agent", name, file}, nil, &bytes.Buffer{}, &bytes.Buffer{}, now), want)
	}
}
