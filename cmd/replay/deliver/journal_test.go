// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agentvisits/agentvisitsexporter/internal/logfiles"
)

// TestSpansAreThoseOfAMap compares them with a mark for each byte.
func TestSpansAreThoseOfAMap(t *testing.T) {
	const size = 40
	random := rand.New(rand.NewPCG(1, 1))
	for range 500 {
		var s spans
		var marks [size + 1]bool
		for range 12 {
			from := random.Int64N(size - 1)
			p := span{from, from + 1 + random.Int64N(size-from)}
			add := random.IntN(3) > 0
			if add {
				s.add(p)
			} else {
				s.remove(p)
			}
			for i := p[0]; i < p[1]; i++ {
				marks[i] = add
			}
		}
		count := int64(0)
		for i, marked := range marks {
			assert.Equal(t, marked, s.has(int64(i)), "%v at %d", s, i)
			if marked {
				count++
			}
		}
		assert.Equal(t, count, s.bytes())
		for i := 1; i < len(s); i++ {
			assert.Less(t, s[i-1][1], s[i][0], "%v", s)
		}
		from := random.Int64N(size - 1)
		p := span{from, from + 1 + random.Int64N(size-from)}
		all, some := true, false
		for i := p[0]; i < p[1]; i++ {
			all, some = all && marks[i], some || marks[i]
		}
		assert.Equal(t, all, s.covers(p), "%v covers %v", s, p)
		assert.Equal(t, some, s.touches(p), "%v touches %v", s, p)
	}
}

func openTest(t *testing.T, name, to string) *journal {
	t.Helper()
	j, err := openJournal(name, to, false)
	require.NoError(t, err)
	t.Cleanup(func() { _ = j.close() })
	return j
}

func TestAJournalRemembersOverRunsWhatBecameOfEachPart(t *testing.T) {
	name, f := filepath.Join(t.TempDir(), "journal"), &logfiles.File{Name: "access.log", Head: []byte("head")}
	j := openTest(t, name, "x")
	log, err := j.logOf(f)
	require.NoError(t, err)
	for _, part := range []span{{0, 10}, {10, 20}, {20, 30}} {
		require.NoError(t, j.note(&record{Log: log, Sending: &part}))
	}
	require.NoError(t, j.note(&record{Log: log, Done: &span{0, 10}}))
	require.NoError(t, j.note(&record{Log: log, Failed: &span{20, 30}}))
	require.NoError(t, j.close())

	j = openTest(t, name, "x")
	again, err := j.logOf(f)
	require.NoError(t, err)
	assert.Equal(t, log, again)
	done, doubt := j.state(log)
	assert.Equal(t, spans{{0, 10}}, done)
	assert.Equal(t, spans{{10, 20}}, doubt)
}

func TestALogIsTheSameAfterItGrew(t *testing.T) {
	name := filepath.Join(t.TempDir(), "journal")
	j := openTest(t, name, "x")
	for _, head := range []string{"one", "one and two", "one and two and three"} {
		log, err := j.logOf(&logfiles.File{Head: []byte(head)})
		require.NoError(t, err)
		assert.Equal(t, 1, log)
	}
	other, err := j.logOf(&logfiles.File{Head: []byte("one")})
	require.NoError(t, err)
	assert.Equal(t, 2, other, "the log was cut and begins anew")
}

func TestAJournalThatIsNoneIsRefusedWithWhatHelps(t *testing.T) {
	dir := t.TempDir()
	for want, content := range map[string]string{
		"line 2 of":                       `{"to":"x"}` + "\nnonsense\n",
		"is the journal of another":       `{"to":"y"}` + "\n",
		"of a log that it does not name":  `{"to":"x"}` + "\n" + `{"log":3,"done":[0,1]}` + "\n",
		"is the journal of another deliv": "{}\n",
	} {
		name := filepath.Join(dir, "journal")
		require.NoError(t, os.WriteFile(name, []byte(content), 0o600))
		_, err := openJournal(name, "x", false)
		require.ErrorContains(t, err, want)
	}
	_, err := openJournal(filepath.Join(dir, "none", "journal"), "x", false)
	require.ErrorContains(t, err, "-journal FILE")
}

func TestALineThatWasBeingWrittenAtTheEndIsForgotten(t *testing.T) {
	name := filepath.Join(t.TempDir(), "journal")
	require.NoError(t, os.WriteFile(name, []byte(`{"to":"x"}`+"\n"+`{"head":"ab","bytes":3}`+"\n"+`{"log":1,"do`), 0o600))
	j := openTest(t, name, "x")
	require.NoError(t, j.note(&record{Log: 1, Done: &span{0, 5}}))
	require.NoError(t, j.close())
	done, _ := openTest(t, name, "x").state(1)
	assert.Equal(t, spans{{0, 5}}, done)
}

func TestTwoRunsCannotShareAJournal(t *testing.T) {
	name := filepath.Join(t.TempDir(), "journal")
	openTest(t, name, "x")
	_, err := openJournal(name, "x", false)
	require.ErrorContains(t, err, "another replay deliver is using")
}
