// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package logfiles

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agentvisits/agentvisitsexporter/internal/visit"
)

// chunksOf cuts a text as if it were a file's.
func chunksOf(t *testing.T, text string, limit Limit) (chunks []Chunk) {
	t.Helper()
	files, err := Open([]string{write(t, "access.log", text)}, nil, newTestReader().TimeOf)
	require.NoError(t, err)
	require.NoError(t, files[0].Chunks(limit, func(c Chunk) error {
		chunks = append(chunks, c)
		return nil
	}))
	return chunks
}

// w3cLog has a second header in its middle, whose columns have another order.
const w3cLog = "#Software: Microsoft Internet Information Services 10.0\n#Fields: date time c-ip cs-method cs-uri-stem cs-uri-query sc-status cs(User-Agent)\n" +
	"2026-05-04 10:00:00 192.0.2.1 GET /one - 200 GPTBot/1.2\n2026-05-04 10:00:01 192.0.2.1 GET /two - 200 GPTBot/1.2\n" +
	"#Fields: date time cs-method cs-uri-stem cs-uri-query c-ip cs(User-Agent) sc-status\n" +
	"2026-05-04 10:00:02 GET /three - 192.0.2.1 ClaudeBot/1.0 404\n"

func TestChunksAreWholeLinesThatFollowEachOther(t *testing.T) {
	text := strings.Repeat("a line\n\nlonger than the one before\r\n", 400) + "the last without an end"
	for name, limit := range map[string]Limit{"bytes": {Bytes: 100}, "lines": {Bytes: 4000, Lines: 7}, "one": {Bytes: 1 << 20}} {
		t.Run(name, func(t *testing.T) {
			var whole strings.Builder
			line := int64(1)
			for i, c := range chunksOf(t, text, limit) {
				assert.Equal(t, int64(whole.Len()), c.From, i)
				assert.Equal(t, line, c.Line)
				whole.WriteString(c.Text)
				line += int64(strings.Count(c.Text, "\n"))
				assert.Equal(t, int64(whole.Len()), c.To)
				for at, l := range c.Lines() {
					assert.Equal(t, l, strings.TrimRight(text[at.From:at.To], "\r\n"))
					assert.Equal(t, at.Number, int64(strings.Count(text[:at.From], "\n"))+1)
				}
				assert.Equal(t, int64(whole.Len()) == int64(len(text)), c.IsCutOff())
			}
			assert.Equal(t, text, whole.String())
		})
	}
}

func TestEachChunkOfAW3CLogHasTheHeaderThatIsInForce(t *testing.T) {
	for _, limit := range []Limit{{Bytes: 1 << 20}, {Bytes: 1 << 20, Lines: 1}, {Bytes: 64}} {
		var paths []string
		r := newTestReader()
		for _, c := range chunksOf(t, w3cLog, limit) {
			r.Each(&c, func(_ Span, v *visit.Visit, skip visit.SkipReason) {
				require.Equal(t, visit.NotSkipped, skip)
				paths = append(paths, v.Path)
			})
		}
		assert.Equal(t, []string{"/one", "/two", "/three"}, paths)
	}
}

func TestALineThatIsTooLongIsNamedAndPassedOver(t *testing.T) {
	text := "before\n" + strings.Repeat("x", 3*MaxLineBytes) + "\nafter\n"
	var seen []string
	for _, c := range chunksOf(t, text, Limit{Bytes: 4096}) {
		if c.TooLong {
			seen = append(seen, "too long")
			assert.Equal(t, int64(2), c.Line)
		}
		for at, line := range c.Lines() {
			seen = append(seen, line)
			assert.Equal(t, line, text[at.From:at.To-1])
		}
	}
	assert.Equal(t, []string{"before", "too long", "after"}, seen)
}

func TestALineOfTheLargestSizeIsRead(t *testing.T) {
	chunks := chunksOf(t, strings.Repeat("x", MaxLineBytes-1)+"\nafter\n", Limit{Bytes: 4096})
	for _, c := range chunks {
		assert.False(t, c.TooLong)
	}
}

func TestRunsAreTheWantedLinesThatFollowEachOther(t *testing.T) {
	c := chunksOf(t, "1\n2\n\n3\n4\n5\n6\n", Limit{Bytes: 4096})[0]
	var runs []string
	for _, run := range c.Runs(func(_ Span, line string) bool { return line != "3" && line != "6" }) {
		runs = append(runs, run.Text)
		assert.Equal(t, run.Text, c.Text[run.From:run.To])
	}
	assert.Equal(t, []string{"1\n2\n", "4\n5\n"}, runs)
}

func TestWindowsAreReadAsPeopleWriteThem(t *testing.T) {
	at := func(text string) int64 {
		when, err := time.Parse(time.RFC3339, text)
		require.NoError(t, err)
		return when.UnixNano()
	}
	for text, want := range map[string]int64{"": 0, "2026-05-04": at("2026-05-04T00:00:00Z"), "7d": at("2026-05-25T12:00:00Z"), "90m": at("2026-06-01T10:30:00Z"), "2026-05-04T10:00:00+02:00": at("2026-05-04T08:00:00Z"), "2026-05-04 10:30": at("2026-05-04T10:30:00Z")} {
		w, err := NewWindow(text, "", now)
		require.NoError(t, err, text)
		assert.Equal(t, want, w.Since, text)
		assert.True(t, w.Has(want))
		assert.True(t, text == "" || !w.Has(want-1), text)
	}
	for _, c := range [][2]string{{"yesterday", ""}, {"-3d", ""}, {"", "4.5.2026"}, {"2026-05-04", "2026-05-04"}} {
		_, err := NewWindow(c[0], c[1], now)
		assert.Error(t, err, c)
	}
	w, err := NewWindow("", "2026-05-04", now)
	require.NoError(t, err)
	assert.False(t, w.Has(w.Until))
}
