// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package collector

import (
	"bytes"
	"strings"
	"sync"
)

const (
	tailLines = 20
	tailBytes = 8 << 10
)

// tail is a writer that keeps the last 20 lines, and at most 8 KiB of them.
type tail struct {
	mu   sync.Mutex
	kept []byte
}

// Write keeps what is among the last lines. It never fails.
func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.kept = append(t.kept, p...)
	if surplus := len(t.kept) - tailBytes; surplus > 0 {
		// Copied down, so that memory stays bounded.
		t.kept = append(t.kept[:0], t.kept[surplus:]...)
	}
	return len(p), nil
}

// String is the kept text, of whole lines where the limit allows it.
func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	text := bytes.TrimSpace(t.kept)
	lines := strings.Split(string(text), "\n")
	if len(lines) > tailLines {
		lines = lines[len(lines)-tailLines:]
	}
	return strings.Join(lines, "\n")
}
