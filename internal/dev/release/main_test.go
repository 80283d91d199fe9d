// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var date = time.Unix(1_700_000_000, 0).UTC()

// folder holds a program and a text, both newer than the release and with odd rights.
func folder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "program"), []byte("code"), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "README.md"), []byte("text"), 0o600))
	return dir
}

func TestArchivesOfTheSameFilesAreTheSameBytes(t *testing.T) {
	for _, name := range []string{"a_1.0.0.tar.gz", "a_1.0.0.zip"} {
		t.Run(name, func(t *testing.T) {
			first, second := filepath.Join(t.TempDir(), name), filepath.Join(t.TempDir(), name)
			require.NoError(t, archive(first, folder(t), date))
			require.NoError(t, archive(second, folder(t), date))
			one, err := os.ReadFile(first)
			require.NoError(t, err)
			other, err := os.ReadFile(second)
			require.NoError(t, err)
			assert.True(t, bytes.Equal(one, other))
		})
	}
}

func TestAnArchiveHoldsItsFilesInOneFolder(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a_1.0.0.tar.gz")
	require.NoError(t, archive(path, folder(t), date))
	file, err := os.Open(path)
	require.NoError(t, err)
	defer func() { _ = file.Close() }()
	unpacked, err := gzip.NewReader(file)
	require.NoError(t, err)
	files := tar.NewReader(unpacked)
	for _, want := range []struct {
		name string
		mode int64
	}{{"a_1.0.0/README.md", 0o644}, {"a_1.0.0/program", 0o755}} {
		header, err := files.Next()
		require.NoError(t, err)
		assert.Equal(t, want.name, header.Name)
		assert.Equal(t, want.mode, header.Mode)
		assert.Equal(t, date.Unix(), header.ModTime.Unix())
	}

	path = filepath.Join(t.TempDir(), "a_1.0.0.zip")
	require.NoError(t, archive(path, folder(t), date))
	zipped, err := zip.OpenReader(path)
	require.NoError(t, err)
	defer func() { _ = zipped.Close() }()
	require.Len(t, zipped.File, 2)
	assert.Equal(t, "a_1.0.0/program", zipped.File[1].Name)
}

func TestChecksumsAreThoseOfSha256sum(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "a"), []byte("abc"), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "SHA256SUMS"), []byte("old"), 0o600))
	var out bytes.Buffer
	require.NoError(t, checksums(&out, dir))
	assert.Equal(t, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad  a\n", out.String())
}

func TestNotesAreTheSectionOfTheVersion(t *testing.T) {
	const changelog = "# Changelog\n\n## Unreleased\n\n## 0.2.0 - 2030-01-02\n\n### Added\n\n- Two.\n\n## 0.1.0\n\n- One.\n"
	for version, want := range map[string]string{"0.2.0": "### Added\n\n- Two.\n", "0.1.0": "- One.\n"} {
		got, err := notes(changelog, version)
		require.NoError(t, err)
		assert.Equal(t, want, got)
	}
	for _, version := range []string{"Unreleased", "0.3.0", "0.1"} {
		_, err := notes(changelog, version)
		assert.ErrorContains(t, err, `says nothing under "## `+version+`"`)
	}
}

func TestWithoutADateNothingIsPacked(t *testing.T) {
	_, err := epoch("")
	assert.ErrorContains(t, err, "git log -1 --format=%ct")
}
