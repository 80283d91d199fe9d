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

func TestASecretIsReadAgainWhenItsFileChanges(t *testing.T) {
	path := filepath.Join(t.TempDir(), "secret")
	d := KnownAgents(&KnownAgentsConfig{AccessTokenFile: path}, nil, nil)
	sent := func() string {
		h := http.Header{}
		d.Authorize(h)
		return h.Get("Authorization")
	}
	assert.Equal(t, "Bearer ", sent(), "there is no file yet")
	replaceFile(t, path, " first\n")
	assert.Equal(t, "Bearer first", sent())
	for name, text := range map[string]string{"it is empty": "\n", "it holds no secret": "two words"} {
		t.Run(name, func(t *testing.T) {
			replaceFile(t, path, text)
			assert.Equal(t, "Bearer first", sent(), "the last one is used")
		})
	}
	require.NoError(t, os.Remove(path))
	assert.Equal(t, "Bearer first", sent(), "the last one is used while there is no file")
	replaceFile(t, path, "second")
	assert.Equal(t, "Bearer second", sent())
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

func TestOnlyTheBeginningOfAHugeFileIsRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "secret")
	replaceFile(t, path, strings.Repeat("x", maxSecretBytes+1))
	secret, err := readSecret(path)
	require.NoError(t, err)
	assert.Len(t, secret, maxSecretBytes)
}
