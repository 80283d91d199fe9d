// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package delivery

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agentvisits/agentvisitsexporter/internal/destination"
	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
	"github.com/agentvisits/agentvisitsexporter/internal/queue"
)

// TestNobodyReadsABodyAfterItsRequest: an API can answer before it has read all.
func TestNobodyReadsABodyAfterItsRequest(t *testing.T) {
	var kept io.ReadCloser
	read := make([]byte, 10)
	transport := fixture.RoundTripper(func(r *http.Request) (*http.Response, error) {
		kept = r.Body
		_, err := io.ReadFull(r.Body, read)
		require.NoError(t, err)
		again, err := r.GetBody()
		require.NoError(t, err)
		whole, err := io.ReadAll(again)
		require.NoError(t, err)
		assert.Len(t, whole, int(r.ContentLength))
		assert.Equal(t, string(read), string(whole[:len(read)]))
		recorder := httptest.NewRecorder()
		return recorder.Result(), nil
	})
	c := newClient(&http.Client{Transport: transport}, "http://127.0.0.1:1", "", destination.KnownAgents(&destination.KnownAgentsConfig{}, nil, nil))
	assert.Equal(t, http.StatusOK, c.post(t.Context(), newBatch(3)).status)
	n, err := kept.Read(read)
	assert.Zero(t, n)
	assert.ErrorIs(t, err, io.ErrClosedPipe)
}

// TestAWholeBodyEndsAfterItsRequest: the HTTP client looks whether there is more
// when it has sent all, and would close the connection if that failed.
func TestAWholeBodyEndsAfterItsRequest(t *testing.T) {
	b, readers := newBatch(3), &bodyReaders{}
	body := newRequestBody(b, readers)
	_, err := io.ReadFull(body, make([]byte, b.BytesSize()))
	require.NoError(t, err)
	readers.end()
	_, err = body.Read(make([]byte, 1))
	assert.ErrorIs(t, err, io.EOF)
}

func TestAReadWithoutRoomIsNotTheEndOfABody(t *testing.T) {
	b := newBatch(3)
	body := newRequestBody(b, &bodyReaders{})
	n, err := body.Read(nil)
	require.NoError(t, err)
	assert.Zero(t, n)
	whole, err := io.ReadAll(body)
	require.NoError(t, err)
	assert.Len(t, whole, b.BytesSize())
}

// TestBodiesAreReadInPiecesOfAnySize has batches of one piece of memory and of some.
func TestBodiesAreReadInPiecesOfAnySize(t *testing.T) {
	for name, d := range map[string]*destination.Destination{
		"known_agents": destination.KnownAgents(&destination.KnownAgentsConfig{}, nil, nil),
		"scrunch":      destination.Scrunch(&destination.ScrunchConfig{}),
	} {
		for pieces := 1; pieces <= 3; pieces++ {
			t.Run(fmt.Sprintf("%s in %d", name, pieces), func(t *testing.T) {
				requireReadInPieces(t, batchInPieces(d, pieces))
			})
		}
	}
}

// batchInPieces is a batch that lies in as many pieces of memory.
func batchInPieces(d *destination.Destination, pieces int) *queue.Batch {
	memory, whole := queue.NewDiskMemory(&d.Framing), &queue.Batch{Framing: &d.Framing}
	for piece := range pieces {
		const large = 9000 // smaller ones are copied together
		visit := append(fmt.Appendf(nil, "{\"%d\":\"", piece), bytes.Repeat([]byte("x"), large)...)
		whole.Merge(memory.Put([]queue.Share{{Lines: append(append(visit, `"}`...), d.Framing.Separator...), Count: 1}}, 0))
	}
	return whole
}

func requireReadInPieces(t *testing.T, b *queue.Batch) {
	t.Helper()
	whole, err := io.ReadAll(newRequestBody(b, &bodyReaders{}))
	require.NoError(t, err)
	require.Len(t, whole, b.BytesSize())
	require.Equal(t, string(bytes.Join(b.BodyParts(), nil)), string(whole))
	for _, size := range []int{1, 2, 3, 7, 4096, 9008, 9009, 9010, len(whole) - 1, len(whole), len(whole) + 1} {
		var got []byte
		r, piece := newRequestBody(b, &bodyReaders{}), make([]byte, size)
		for {
			n, err := r.Read(piece)
			got = append(got, piece[:n]...)
			if errors.Is(err, io.EOF) {
				break
			}
			require.NoError(t, err)
		}
		require.Equal(t, string(whole), string(got), size)
	}
}

// TestABatchThatWaitedCompressedIsDelivered has so much before it in the queue that
// it is compressed.
func TestABatchThatWaitedCompressedIsDelivered(t *testing.T) {
	d := newTestDelivery(t)
	memory := queue.NewMemory(&d.destination.Framing, false, func(err error, _ int) { t.Error(err) })
	const longQueue = 5 << 20
	for waiting := 0; waiting < longQueue; {
		lines := linesOf(newBatch(1000))
		memory.Put([]queue.Share{{Lines: lines, Count: 1000}}, 0)
		waiting += len(lines)
	}
	b := memory.Put([]queue.Share{{Lines: linesOf(newBatch(3)), Count: 3}}, 0)
	require.Len(t, b.BodyParts(), 2, "nothing but the beginning and the end: the visits are compressed")
	require.NoError(t, d.Push(t.Context(), b))
	assert.Equal(t, wantPaths(3), d.arrived())
}

// linesOf are the visits of a batch, each with the separator after it.
func linesOf(b *queue.Batch) []byte {
	body := bytes.Join(b.BodyParts(), nil)
	lines := body[len(b.Framing.Open) : len(body)-len(b.Framing.End)]
	return append(slices.Clip(lines), b.Framing.Separator...)
}
