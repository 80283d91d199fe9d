// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import (
	"io"
	"os"
	"strings"
	"sync"
)

// maxSecretBytes bounds a file that holds a secret.
const maxSecretBytes = 64 << 10

// secretFile is a file that holds one secret. It is read again when it has
// changed, so that a secret can be replaced while the Collector runs.
type secretFile struct {
	path string

	mu     sync.Mutex
	known  os.FileInfo // of the file that secret was read from
	secret string
}

// current is the file's secret, or the last one if the file cannot be read or
// holds none, as in the moment of its replacement.
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

// readSecret is a file's text without the white space around it.
func readSecret(path string) (string, error) {
	file, err := os.Open(path) //nolint:gosec // the configuration names the file
	if err != nil {
		return "", err
	}
	defer func() { _ = file.Close() }()
	text, err := io.ReadAll(io.LimitReader(file, maxSecretBytes))
	return strings.TrimSpace(string(text)), err
}

// inSecretOrFile looks at a secret that may stand in a file.
func (f *faults) inSecretOrFile(key, variable, secret, path string, c *Config) {
	if path == "" {
		f.inSecret(key, variable, secret, c)
		return
	}
	if secret != "" {
		f.add("`%s` and `%[1]s_file` are both set: remove one of them", key)
		return
	}
	secret, err := readSecret(path)
	switch {
	case err != nil:
		f.add("`%s_file` cannot be read: %w; see that the file is there and that the Collector's user may read it", key, err)
	case secret == "":
		f.add("`%s_file` is empty: write the secret into the file", key)
	default:
		f.inSecret(key+"_file", variable, secret, c)
	}
}
