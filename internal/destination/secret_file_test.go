// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package destination

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// replaceFile puts a new file in the old one's place, as secret managers do.
func replaceFile(t *testing.T, path, text string) {
	t.Helper()
	require.NoError(t, os.WriteFile(path+".new", []byte(text), 0o600))
	require.NoError(t, os.Rename(path+".new", path))
}

// watched is a file of a secret with what was reported of it.
type watched struct {
	secretFile
	said []string
}

func watch(path string) *watched {
	w := &watched{secretFile: secretFile{path: path}}
	w.report = func(fault error) {
		if fault == nil {
			w.said = append(w.said, "good")
			return
		}
		w.said = append(w.said, fault.Error())
	}
	return w
}

// badTexts are what a file can hold instead of a secret, with the fault.
var badTexts = map[string]string{
	"":                             "is empty: ",
	" \n\t\n":                      "is empty: ",
	"can ary":                      "holds a space, a line break",
	"canary\nand-more":             "holds a space, a line break",
	"canary\x00":                   "holds a space, a line break",
	"canàry":                       "holds a space, a line break",
	"\xef\xbb\xbfcanary":           "starts with a byte order mark",
	"\xff\xfec\x00a\x00n\x00":      "starts with a byte order mark",
	`"canary"`:                     "holds a quotation mark",
	"'canary":                      "holds a quotation mark",
	"${env:CANARY}":                "holds a placeholder",
	"$canary":                      "holds a placeholder",
	"<canary>":                     "holds a placeholder",
	"{{ .canary }}":                "holds a placeholder",
	"%CANARY%":                     "holds a placeholder",
	"[CANARY]":                     "holds a placeholder",
	"Bearer canary":                "starts with the word Bearer",
	strings.Repeat("canary", 9e4):  "has more than 65536 bytes",
	strings.Repeat(" ", 70_000):    "has more than 65536 bytes",
	"{\"access_token\":\"canary\"": "holds a quotation mark",
}

func TestANewTextOfAFileIsCheckedAsAtStart(t *testing.T) {
	for text, want := range badTexts {
		t.Run(want+text[:min(len(text), 20)], func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "secret")
			replaceFile(t, path, text)
			atStart := strings.TrimPrefix(faultsOf(Choice{KnownAgents: &KnownAgentsConfig{AccessTokenFile: path}}, false), "`known_agents::access_token_file` ")
			assert.Contains(t, atStart, want)

			replaceFile(t, path, "first")
			w := watch(path)
			require.Equal(t, "first", w.current())
			replaceFile(t, path, text)
			for range 3 {
				assert.Equal(t, "first", w.current(), "the last good one is used")
			}
			assert.Equal(t, []string{atStart}, w.said, "the same is said once")
			replaceFile(t, path, "second\r\n")
			for range 3 {
				assert.Equal(t, "second", w.current())
			}
			assert.Equal(t, []string{atStart, "good"}, w.said)
			assert.NotContains(t, strings.ToLower(atStart), "canary")
			assert.NotContains(t, atStart, path)
		})
	}
}

func TestEachChangeToAFaultIsSaid(t *testing.T) {
	path := filepath.Join(t.TempDir(), "secret")
	replaceFile(t, path, "first")
	w := watch(path)
	for _, text := range []string{"first", "two words", "three bad words", "", "second", "third"} {
		replaceFile(t, path, text)
		w.current()
		w.current()
	}
	require.Len(t, w.said, 4)
	assert.Contains(t, w.said[0], "holds a space")
	assert.Equal(t, w.said[0], w.said[1], "another file with the same fault")
	assert.Contains(t, w.said[2], "is empty")
	assert.Equal(t, "good", w.said[3])
}

// TestAFileThatIsGoneIsSaidOnce also shows that it is looked for again.
func TestAFileThatIsGoneIsSaidOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "secret")
	replaceFile(t, path, "first")
	w := watch(path)
	require.Equal(t, "first", w.current())
	require.NoError(t, os.Remove(path))
	for range 3 {
		assert.Equal(t, "first", w.current())
	}
	require.NoError(t, os.Mkdir(path, 0o700))
	for range 3 {
		assert.Equal(t, "first", w.current())
	}
	require.NoError(t, os.Remove(path))
	replaceFile(t, path, "first")
	assert.Equal(t, "first", w.current())
	require.Len(t, w.said, 3)
	assert.Contains(t, w.said[0], "cannot be read: no such file or directory; ")
	assert.NotContains(t, w.said[0], path)
	assert.Contains(t, w.said[1], "is no file but a directory")
	assert.Equal(t, "good", w.said[2])
}

// TestASecretOfKubernetesIsReplaced: there a link to a folder is swapped, and the file
// in it is another.
func TestASecretOfKubernetesIsReplaced(t *testing.T) {
	dir := t.TempDir()
	mount := func(version, text string) {
		t.Helper()
		require.NoError(t, os.Mkdir(filepath.Join(dir, version), 0o700))
		require.NoError(t, os.WriteFile(filepath.Join(dir, version, "token"), []byte(text), 0o600))
		require.NoError(t, os.Symlink(version, filepath.Join(dir, "..data_tmp")))
		require.NoError(t, os.Rename(filepath.Join(dir, "..data_tmp"), filepath.Join(dir, "..data")))
	}
	mount("..1", "first")
	require.NoError(t, os.Symlink(filepath.Join("..data", "token"), filepath.Join(dir, "token")))
	w := watch(filepath.Join(dir, "token"))
	require.Equal(t, "first", w.current())
	mount("..2", "other")
	assert.Equal(t, "other", w.current())
	mount("..3", `"other"`)
	assert.Equal(t, "other", w.current())
	mount("..4", "third")
	assert.Equal(t, "third", w.current())
	require.Len(t, w.said, 2)
	assert.Equal(t, "good", w.said[1])
}

// TestAFileThatIsRewrittenInPlaceEndsWithItsWholeSecret looks at each step of a writer
// that truncates the file and writes it in two parts.
func TestAFileThatIsRewrittenInPlaceEndsWithItsWholeSecret(t *testing.T) {
	path := filepath.Join(t.TempDir(), "secret")
	replaceFile(t, path, "first")
	w := watch(path)
	require.Equal(t, "first", w.current())
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_TRUNC, 0)
	require.NoError(t, err)
	assert.Equal(t, "first", w.current(), "while it is empty")
	for _, part := range []string{"sec", "ond\n"} {
		_, err = file.WriteString(part)
		require.NoError(t, err)
		w.current()
	}
	require.NoError(t, file.Close())
	assert.Equal(t, "second", w.current())
}

func TestTheFirstRequestHasTheSecretOfTheStart(t *testing.T) {
	path := filepath.Join(t.TempDir(), "secret")
	replaceFile(t, path, "first")
	d := Scrunch(&ScrunchConfig{APIKeyFile: path})
	var said []error
	d.WatchSecret(func(fault error) { said = append(said, fault) })
	replaceFile(t, path, "two words")
	h := http.Header{}
	d.Authorize(h)
	assert.Equal(t, "first", h.Get("X-Api-Key"))
	require.Len(t, said, 1)
	assert.ErrorContains(t, said[0], "`scrunch::api_key_file` holds a space")
	Scrunch(&ScrunchConfig{APIKey: "x"}).WatchSecret(func(error) { assert.Fail(t, "there is no file") })
}

// TestEachKindOfChangeIsNoticed changes one thing by which a file's change is known.
func TestEachKindOfChangeIsNoticed(t *testing.T) {
	at := time.Date(2026, 5, 4, 9, 15, 2, 0, time.UTC)
	for name, c := range map[string]struct {
		replaced bool // by another file
		text     string
		at       time.Time
	}{
		"another file, as old and as long": {true, "other", at},
		"the same file, as long":           {false, "other", at.Add(time.Second)},
		"the same file, as old":            {false, "other\n", at},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "secret")
			require.NoError(t, os.WriteFile(path, []byte("first"), 0o600))
			require.NoError(t, os.Chtimes(path, at, at))
			f := secretFile{path: path}
			require.Equal(t, "first", f.current())
			if c.replaced {
				require.NoError(t, os.Rename(path, path+".old"))
			}
			require.NoError(t, os.WriteFile(path, []byte(c.text), 0o600))
			require.NoError(t, os.Chtimes(path, at, c.at))
			assert.Equal(t, "other", f.current())
		})
	}
}

func TestAnUnchangedFileIsNotReadAgain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "secret")
	at := time.Date(2026, 5, 4, 9, 15, 2, 0, time.UTC)
	require.NoError(t, os.WriteFile(path, []byte("first"), 0o600))
	require.NoError(t, os.Chtimes(path, at, at))
	f := secretFile{path: path}
	require.Equal(t, "first", f.current())
	require.NoError(t, os.WriteFile(path, []byte("other"), 0o600)) // in a way that cannot be seen
	require.NoError(t, os.Chtimes(path, at, at))
	assert.Equal(t, "first", f.current())
}

func TestALongSecretIsTaken(t *testing.T) {
	path := filepath.Join(t.TempDir(), "secret")
	replaceFile(t, path, strings.Repeat("x", maxSecretBytes))
	secret, _, err := readSecret(path)
	require.NoError(t, err)
	assert.Len(t, secret, maxSecretBytes)
}
