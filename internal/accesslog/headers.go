// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package accesslog

import (
	"container/list"
	"sync"
	"sync/atomic"
)

// Headers remember the header of each W3C log over payloads, because its lines can come
// long after it. They are lost when the Collector stops; lines are then told by their
// form until the next header.
//
// They hold 4,096 files and 4 MiB. What was used least recently is forgotten first.
// Several goroutines can use them at once.
type Headers struct {
	any    atomic.Bool // there was a header
	lock   sync.Mutex
	byFile map[uint64]*list.Element // of *remembered
	byUse  *list.List               // latest first
	bytes  int
}

type remembered struct {
	file   uint64
	header Header
}

const (
	maxHeaderFiles = 4096
	maxHeaderBytes = 4 << 20
)

// NewHeaders returns an empty memory.
func NewHeaders() *Headers {
	return &Headers{byFile: map[uint64]*list.Element{}, byUse: list.New()}
}

// Any reports whether there was a header at all. It takes no lock.
func (h *Headers) Any() bool { return h.any.Load() }

// Of returns the header of a file, or an empty one. A file has a number of the caller's
// choice.
func (h *Headers) Of(file uint64) Header {
	h.lock.Lock()
	defer h.lock.Unlock()
	at := h.byFile[file]
	if at == nil {
		return Header{}
	}
	h.byUse.MoveToFront(at)
	return at.Value.(*remembered).header
}

// Set remembers the header of a file in place of the one before.
func (h *Headers) Set(file uint64, header Header) {
	h.any.Store(true)
	h.lock.Lock()
	defer h.lock.Unlock()
	h.drop(h.byFile[file])
	h.byFile[file] = h.byUse.PushFront(&remembered{file, header})
	h.bytes += header.size()
	for len(h.byFile) > maxHeaderFiles || h.bytes > maxHeaderBytes {
		h.drop(h.byUse.Back())
	}
}

// drop forgets a file, if it is there.
func (h *Headers) drop(at *list.Element) {
	if at == nil {
		return
	}
	r := h.byUse.Remove(at).(*remembered)
	delete(h.byFile, r.file)
	h.bytes -= r.header.size()
}
