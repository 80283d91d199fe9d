// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package destination

import (
	"io"
	"os"
	"strings"
	"sync"
)

// maxSecretBytes is how much of a secret's file is read.
const maxSecretBytes = 64 << 10

// secretFile is a file that holds one secret. It is read again when it has changed,
// so that the secret can be replaced while the Collector runs.
type secretFile struct {
	path string

	mu     sync.Mutex
	known  os.FileInfo // of the file when secret was read from it
	secret string
}

// current is the file's secret. While the file cannot be read or holds none, as when
// it is being replaced, current is the last secret that was read.
func (f *secretFile) current() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	info, err := os.Stat(f.path)
	if err != nil || f.known != nil && os.SameFile(info, f.known) && info.ModTime().Equal(f.known.ModTime()) && info.Size() == f.known.Size() {
		return f.secret
	}
	secret, err := readSecret(f.path)
	if err != nil || secret == "" || strings.ContainsFunc(secret, notVisible) {
		return f.secret
	}
	f.known, f.secret = info, secret
	return secret
}

// readSecret returns a file's text without the white space around it.
func readSecret(path string) (string, error) {
	file, err := os.Open(path) //nolint:gosec // the configuration names the file
	if err != nil {
		return "", err
	}
	defer func() { _ = file.Close() }()
	text, err := io.ReadAll(io.LimitReader(file, maxSecretBytes))
	return strings.TrimSpace(string(text)), err
}
