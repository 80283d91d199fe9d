// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package delivery

import (
	"io"
	"sync"

	"github.com/agentvisits/agentvisitsexporter/internal/queue"
)

// requestBody reads a request body from a batch's own memory.
type requestBody struct {
	readers *bodyReaders
	unread  [][]byte
}

// bodyReaders are the readers of one body. There may be several, because the HTTP
// client can send a request again. It may use a reader even after the answer has
// come.
type bodyReaders struct {
	mu    sync.Mutex
	ended bool
}

// end makes the readers fail that have not read everything. After it has returned,
// none reads the batch's memory.
func (r *bodyReaders) end() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ended = true
}

func newRequestBody(b *queue.Batch, readers *bodyReaders) *requestBody {
	return &requestBody{readers: readers, unread: b.BodyParts()}
}

// Read fills p as far as it can.
func (r *requestBody) Read(p []byte) (n int, err error) {
	r.readers.mu.Lock()
	defer r.readers.mu.Unlock()
	if r.readers.ended && len(r.unread) > 0 {
		return 0, io.ErrClosedPipe
	}
	for len(r.unread) > 0 && n < len(p) {
		read := copy(p[n:], r.unread[0])
		n += read
		if r.unread[0] = r.unread[0][read:]; len(r.unread[0]) == 0 {
			r.unread = r.unread[1:]
		}
	}
	if n == 0 && len(p) > 0 {
		return 0, io.EOF
	}
	return n, nil
}

// Close does nothing: all readers end with the request.
func (*requestBody) Close() error { return nil }
