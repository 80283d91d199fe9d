// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"io"
	"sync"
)

// lineWriter lets several goroutines write to one terminal, whole writes at a time.
type lineWriter struct {
	mu  sync.Mutex
	out io.Writer
}

func (w *lineWriter) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.out.Write(p)
}

// gate drops what is written before it is opened: a program's welcome that
// would repeat ours.
type gate struct {
	mu     sync.Mutex
	opened bool
	out    io.Writer
}

func (g *gate) open() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.opened = true
}

// Write never fails: a child must not end because nobody reads the terminal.
func (g *gate) Write(p []byte) (int, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.opened {
		_, _ = g.out.Write(p)
	}
	return len(p), nil
}

// prefixWriter puts a prefix before each line. It keeps an unfinished line
// until its end comes.
type prefixWriter struct {
	out    io.Writer
	prefix string
	rest   []byte
}

// Write never fails, for the same reason as a gate's.
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
