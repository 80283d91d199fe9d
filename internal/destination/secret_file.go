// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package destination

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"sync"
)

// maxSecretBytes is the size of the longest secret, and of the largest file that is read
// for one.
const maxSecretBytes = 64 << 10

// secretFile is a file that holds one secret. It is read again when it has changed,
// so that the secret can be replaced while the Collector runs. What it holds then is
// checked as at start.
type secretFile struct {
	path   string
	report func(fault error) // may be nil; see WatchSecret

	mu     sync.Mutex
	known  os.FileInfo // of the file when its text was read and checked
	secret string      // the last good one
	fault  string      // what was reported, until the file is good again
}

// current is the file's secret. While the file holds none, as when it is being
// replaced, current is the last good secret.
func (f *secretFile) current() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	if info, err := os.Stat(f.path); err == nil && f.known != nil && isUnchanged(info, f.known) {
		return f.secret
	}
	secret, info, err := readSecret(f.path)
	if errors.Is(err, errBeingWritten) {
		return f.secret // and look again next time
	}
	f.known = info
	if err != nil {
		f.note(err.Error(), err)
		return f.secret
	}
	f.secret = secret
	f.note("", nil)
	return secret
}

// note reports a fault of a text that was read for the first time. A file that cannot be
// read is tried again each time, so its fault is reported once.
func (f *secretFile) note(fault string, err error) {
	if f.report != nil && (fault != f.fault || fault != "" && f.known != nil) {
		f.report(err)
	}
	f.fault = fault
}

func isUnchanged(a, b os.FileInfo) bool {
	return os.SameFile(a, b) && a.ModTime().Equal(b.ModTime()) && a.Size() == b.Size()
}

// errBeingWritten is the fault of a file that changed while it was read.
var errBeingWritten = errors.New("changes while it is read: write the secret into a new file, and rename that one")

// readSecret returns the secret in a file, without the white space around it, and what
// the file was. The error says what is wrong with the file or with the secret. It shows
// neither the secret nor the path, because people write the one in place of the other.
// Without a file whose text could be read, info is nil.
func readSecret(path string) (secret string, info os.FileInfo, err error) {
	text, info, err := readStable(path)
	if err != nil {
		return "", nil, err
	}
	if len(text) > maxSecretBytes {
		return "", info, fmt.Errorf("has more than %d bytes, which is no secret: give the path of a file that holds the secret alone", maxSecretBytes)
	}
	secret = strings.TrimSpace(string(text))
	return secret, info, faultInFile(secret)
}

// readStable returns the text of a file that stays as it is meanwhile, or a little more
// than the longest secret.
func readStable(path string) (text []byte, info os.FileInfo, err error) {
	info, err = os.Stat(path)
	switch {
	case err != nil:
		return nil, nil, unreadable(err)
	case !info.Mode().IsRegular(): // reading a pipe could take for ever
		return nil, nil, errors.New("is no file but a directory, a pipe or a device: give the path of a file that holds the secret")
	}
	file, err := os.Open(path) //nolint:gosec // the configuration names the file
	if err != nil {
		return nil, nil, unreadable(err)
	}
	defer func() { _ = file.Close() }()
	if text, err = io.ReadAll(io.LimitReader(file, maxSecretBytes+1)); err != nil {
		return nil, nil, unreadable(err)
	}
	after, err := file.Stat()
	if err != nil {
		return nil, nil, unreadable(err)
	}
	if !isUnchanged(info, after) || int64(len(text)) < min(info.Size(), maxSecretBytes+1) {
		return nil, nil, errBeingWritten
	}
	return text, info, nil
}

// unreadable is the fault of a file that cannot be read. The system's error would show
// the path.
func unreadable(err error) error {
	if of := (*fs.PathError)(nil); errors.As(err, &of) {
		err = of.Err
	}
	return fmt.Errorf("cannot be read: %w; give the path of the file, not the secret itself, and see that the file is there and that the Collector's user may read it", err)
}
