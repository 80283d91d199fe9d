// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package destination

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"

	"github.com/agentvisits/agentvisitsexporter/internal/stablefile"
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
	if info, err := os.Stat(f.path); err == nil && f.known != nil && stablefile.IsUnchanged(info, f.known) {
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
	text, info, err = stablefile.Read(path, maxSecretBytes)
	switch {
	case errors.Is(err, stablefile.ErrBeingWritten):
		err = errBeingWritten
	case errors.Is(err, stablefile.ErrNotRegular):
		err = fmt.Errorf("%w: give the path of a file that holds the secret", err)
	case err != nil:
		err = fmt.Errorf("cannot be read: %w; give the path of the file, not the secret itself, and see that the file is there and that the Collector's user may read it", err)
	}
	return text, info, err
}
