// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package stablefile

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestAFileIsReadWholeUpToItsLimitAndOneByteMore(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	for text, want := range map[string]string{"": "", "abc": "abc", "abcd": "abcd", "abcdef": "abcde"} {
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		got, info, err := Read(path, 4)
		require.NoError(t, err)
		assert.Equal(t, want, string(got))
		assert.EqualValues(t, len(text), info.Size())
	}
}

func TestAFaultDoesNotShowThePath(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a-secret-in-place-of-a-path")
	_, _, err := Read(path, 4)
	require.ErrorIs(t, err, fs.ErrNotExist)
	assert.NotContains(t, err.Error(), "a-secret")
}

func TestADirectoryIsNoFile(t *testing.T) {
	_, _, err := Read(t.TempDir(), 4)
	assert.ErrorIs(t, err, ErrNotRegular)
}

func TestAFileThatWasWrittenToOrReplacedIsChanged(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	look := func(text string) os.FileInfo {
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		info, err := os.Stat(path)
		require.NoError(t, err)
		return info
	}
	first := look("a")
	assert.True(t, IsUnchanged(first, first))
	assert.False(t, IsUnchanged(first, look("ab")))
	require.NoError(t, os.Remove(path))
	assert.False(t, IsUnchanged(first, look("abc")))
}
