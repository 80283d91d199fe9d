// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import (
	"io"
	"sync"
)

// requestBody reads a request body from a batch's own memory.
type requestBody struct {
	*lease
	parts [][]byte // what is still to be read
}

// lease is how long the readers of one body may read the batch's memory. There
// may be several, for the HTTP client can begin anew, and it can go on reading
// when the answer has come already.
type lease struct {
	mu    sync.Mutex
	ended bool
}

// end makes all readers fail from now on that have not read everything. When it
// returns, none reads.
func (l *lease) end() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ended = true
}

// body is a new reader of the batch as a request body.
func (b *batch) body(l *lease) *requestBody {
	parts := make([][]byte, 0, len(b.chunks)+2)
	parts = append(parts, []byte(b.framing.open))
	for _, c := range b.chunks {
		parts = append(parts, c.lines)
	}
	if last := len(parts) - 1; last > 0 {
		parts[last] = parts[last][:len(parts[last])-len(b.framing.separator)]
	}
	return &requestBody{lease: l, parts: append(parts, []byte(b.framing.end))}
}

// Read fills p as far as it can.
func (r *requestBody) Read(p []byte) (n int, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.ended && len(r.parts) > 0 {
		return 0, io.ErrClosedPipe
	}
	for len(r.parts) > 0 && n < len(p) {
		read := copy(p[n:], r.parts[0])
		n += read
		if r.parts[0] = r.parts[0][read:]; len(r.parts[0]) == 0 {
			r.parts = r.parts[1:]
		}
	}
	if n == 0 && len(p) > 0 {
		return 0, io.EOF
	}
	return n, nil
}

// Close does nothing: the lease ends with the request.
func (*requestBody) Close() error { return nil }
