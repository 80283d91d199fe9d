// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package logfiles

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agentvisits/agentvisitsexporter/internal/translate"
	"github.com/agentvisits/agentvisitsexporter/internal/visit"
)

var now = time.Date(2026, time.June, 1, 12, 0, 0, 0, time.UTC)

func newTestReader() *Reader {
	return NewReader(translate.NewRules(translate.Config{}, visit.FieldSet{}), now)
}

// lineOf is a line of the combined format.
func lineOf(at time.Time, path string) string {
	return `192.0.2.7 - - [` + at.Format("02/Jan/2006:15:04:05 -0700") + `] "GET ` + path + ` HTTP/1.1" 200 512 "-" "GPTBot/1.2"` + "\n"
}

func write(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
	return path
}

func gzipped(t *testing.T, content string) string {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	_, err := w.Write([]byte(content))
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return out.String()
}

func zstdOf(t *testing.T, content string) string {
	t.Helper()
	w, err := zstd.NewWriter(nil)
	require.NoError(t, err)
	return string(w.EncodeAll([]byte(content), nil))
}

// pzstdOf is what pzstd writes: before each frame a skippable one with its size.
func pzstdOf(t *testing.T, content string) string {
	t.Helper()
	half := len(content) / 2
	var out []byte
	for _, part := range []string{zstdOf(t, content[:half]), zstdOf(t, content[half:])} {
		out = binary.LittleEndian.AppendUint32(append(out, 0x50, 0x2a, 0x4d, 0x18, 4, 0, 0, 0), uint32(len(part)))
		out = append(out, part...)
	}
	return string(out)
}

// textOf is all that the chunks of a file hold.
func textOf(t *testing.T, f *File, limit Limit) string {
	t.Helper()
	var all strings.Builder
	require.NoError(t, f.Chunks(limit, func(c Chunk) error {
		all.WriteString(c.Text)
		return nil
	}))
	return all.String()
}

func namesOf(files []*File) (names []string) {
	for _, f := range files {
		names = append(names, filepath.Base(f.Name))
	}
	return names
}

func TestARotatedSetIsReadFromTheOldestLineOn(t *testing.T) {
	dir := t.TempDir()
	put := func(name, content string) string {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
		return path
	}
	day := 24 * time.Hour
	names := []string{
		put("access.log", lineOf(now, "/newest")),
		put("access.log.1", lineOf(now.Add(-day), "/b")),
		put("access.log.10.gz", gzipped(t, lineOf(now.Add(-10*day), "/oldest"))),
		put("access.log.2.zst", zstdOf(t, lineOf(now.Add(-2*day), "/a"))),
		put("old.log", lineOf(now.Add(-20*day), "/misnamed")),
	}
	files, err := Open(names, nil, newTestReader().TimeOf)
	require.NoError(t, err)
	assert.Equal(t, []string{"old.log", "access.log.10.gz", "access.log.2.zst", "access.log.1", "access.log"}, namesOf(files))
}

func TestLogsWithoutATimeAreInTheOrderOfRotation(t *testing.T) {
	dir := t.TempDir()
	var names []string
	for i, name := range []string{"x.log", "x.log.1", "x.log.10", "x.log.9.gz", "x.log.2"} {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, []byte(strings.Repeat("no time ", i+1)+"\n"), 0o600))
		names = append(names, path)
	}
	files, err := Open(names, nil, newTestReader().TimeOf)
	require.NoError(t, err)
	assert.Equal(t, []string{"x.log.10", "x.log.9.gz", "x.log.2", "x.log.1", "x.log"}, namesOf(files))
}

func TestHowALogIsPackedIsToldByItsContent(t *testing.T) {
	content := strings.Repeat(lineOf(now, "/page"), 5000)
	for name, packed := range map[string]string{"plain.gz": content, "gzip.log": gzipped(t, content), "two.log": gzipped(t, content[:1000]) + gzipped(t, content[1000:]), "zstd": zstdOf(t, content), "pzstd": pzstdOf(t, content)} {
		t.Run(name, func(t *testing.T) {
			files, err := Open([]string{write(t, name, packed)}, nil, newTestReader().TimeOf)
			require.NoError(t, err)
			assert.Equal(t, content, textOf(t, files[0], Limit{Bytes: 64 << 10}))
			assert.Equal(t, packed != content, files[0].Packed)
			assert.Equal(t, int64(len(packed)), files[0].Read())
			assert.Equal(t, int64(len(packed)), files[0].Size)
		})
	}
}

func TestStandardInputIsReadWholeAndMayBePacked(t *testing.T) {
	content := strings.Repeat(lineOf(now, "/page"), 3000)
	for name, input := range map[string]string{"plain": content, "gzip": gzipped(t, content), "zstd": zstdOf(t, content)} {
		t.Run(name, func(t *testing.T) {
			files, err := Open([]string{Stdin, Stdin}, strings.NewReader(input), newTestReader().TimeOf)
			require.NoError(t, err)
			require.Len(t, files, 1)
			assert.Equal(t, content, textOf(t, files[0], Limit{Bytes: 64 << 10}))
		})
	}
}

func TestACopyOfALogIsFound(t *testing.T) {
	content := lineOf(now, "/a") + lineOf(now, "/b")
	plain, packed, other := write(t, "access.log.1", content), write(t, "access.log.1.gz", gzipped(t, content)), write(t, "other.log", lineOf(now, "/c"))
	files, err := Open([]string{packed, plain, other, write(t, "empty", ""), write(t, "void", "")}, nil, newTestReader().TimeOf)
	require.NoError(t, err)
	for _, f := range files {
		if f.Name == packed {
			require.NotNil(t, f.CopyOf)
			assert.Equal(t, plain, f.CopyOf.Name)
		} else {
			assert.Nil(t, f.CopyOf, f.Name)
		}
	}
}

func TestWhatCannotBeReadIsNamedAndTheRestIsRead(t *testing.T) {
	right := write(t, "right.log", lineOf(now, "/"))
	files, err := Open([]string{right, "/does/not/exist", t.TempDir(), write(t, "x.bz2", "BZh91AY"), write(t, "x.xz", "\xfd7zXZ\x00")}, nil, newTestReader().TimeOf)
	assert.Equal(t, []string{"right.log"}, namesOf(files))
	require.Error(t, err)
	for _, part := range []string{"no such file", "is a folder: name its files", "bzip2 -dc", "xz -dc"} {
		assert.Contains(t, err.Error(), part)
	}
}

func TestAFileThatWasCutOffIsReadAsFarAsItGoesAndSaysSo(t *testing.T) {
	content := strings.Repeat(lineOf(now, "/page"), 20000)
	packed := gzipped(t, content)
	files, err := Open([]string{write(t, "cut.gz", packed[:len(packed)*9/10])}, nil, newTestReader().TimeOf)
	require.NoError(t, err)
	read := 0
	err = files[0].Chunks(Limit{Bytes: 64 << 10}, func(c Chunk) error {
		read += len(c.Text)
		return nil
	})
	require.ErrorContains(t, err, "cannot be read further than line")
	assert.Greater(t, read, len(content)/2)
}
