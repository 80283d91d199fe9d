// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"io"
	"sync"
)

// syncWriter lets several goroutines write to one terminal, one at a time.
type syncWriter struct {
	mu  sync.Mutex
	out io.Writer
}

func (w *syncWriter) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.out.Write(p)
}

// mutedWriter discards what is written before unmute. It hides the preview's welcome,
// which repeats ours.
type mutedWriter struct {
	mu      sync.Mutex
	unmuted bool
	out     io.Writer
}

func (w *mutedWriter) unmute() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.unmuted = true
}

// Write never fails, because a child must not end when nobody reads the terminal.
func (w *mutedWriter) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.unmuted {
		_, _ = w.out.Write(p)
	}
	return len(p), nil
}

// prefixWriter writes a prefix before each line. It holds back an unfinished line.
type prefixWriter struct {
	out    io.Writer
	prefix string
	rest   []byte
}

// Write never fails, because a child must not end when nobody reads the terminal.
func (w *prefixWriter) Write(p []byte) (int, error) {
	w.rest = append(w.rest, p...)
	for {
		end := bytes.IndexByte(w.rest, '\n')
		if end < 0 {
			return len(p), nil
		}
		_, _ = w.out.Write(append([]byte(w.prefix), w.rest[:end+1]...))
		w.rest = append(w.rest[:0], w.rest[end+1:]...)
	}
}
