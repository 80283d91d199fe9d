// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package queue

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agentvisits/agentvisitsexporter/internal/destination"
	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
	"github.com/agentvisits/agentvisitsexporter/internal/dev/fakeapi"
)

// give gives back buffers of these sizes, as a delivered batch does.
func give(m *Memory, sizes ...int) {
	for _, size := range sizes {
		buffer := make([]byte, size)
		m.Delivered(&Batch{chunks: []chunk{{lines: buffer, count: 1, buffer: buffer}}})
	}
}

func TestABufferIsUsedAgainIfItFits(t *testing.T) {
	m := testMemory(t, false, 0)
	give(m, 20_000, 10_000, 10_600, 10_500)
	for _, c := range []struct{ size, want int }{
		{10_001, 10_500}, // the smallest that is large enough
		{10_001, 10_600},
		{10_001, 0}, // 20,000 is too much
		{10_000, 10_000},
		{18_000, 0},
		{19_000, 20_000},
		{19_000, 0}, // each once
	} {
		got := m.buffers.get(c.size)
		assert.Equal(t, c.want, cap(got), c.size)
		assert.Empty(t, got)
	}
	assert.Zero(t, m.buffers.size)
}

func TestFewBuffersAreKept(t *testing.T) {
	m := testMemory(t, false, 0)
	pool := &m.buffers
	give(m, slices.Repeat([]int{10_000}, 3*maxPoolBuffers)...)
	assert.Len(t, pool.buffers, maxPoolBuffers)
	give(m, 3<<20, 3<<20)
	assert.LessOrEqual(t, pool.size, maxPoolBytes)
	assert.Equal(t, 3<<20, cap(pool.buffers[len(pool.buffers)-1]), "the latest stay")
	give(m, maxPoolBytes+1)
	assert.Empty(t, pool.buffers)
	assert.Zero(t, pool.size)
}

func TestOnlyMemoryOfItsOwnIsUsedAgain(t *testing.T) {
	m := testMemory(t, false, 0)
	lines := []byte(strings.Repeat(strings.Repeat("x", 99)+"\n", 100))
	whole := m.Put(lines, 100, 0).chunks[0]
	require.NotNil(t, whole.buffer)
	part, rest := whole.cutCount(40)
	small := m.Put(lines[:100], 1, 0).chunks[0]
	room := addChunk(nil, m.Put(lines[:smallChunk-smallChunk%100], smallChunk/100, 0).chunks[0])
	for name, c := range map[string]chunk{"part": part, "rest": rest, "small": small, "copied": room[0]} {
		assert.Nil(t, c.buffer, name)
	}
}

func TestTheMemoryOfAQueueOnDiskKeepsNothing(t *testing.T) {
	m := NewDiskMemory(&destinationsForTests()["known_agents"].Framing)
	lines := []byte(strings.Repeat(strings.Repeat("x", 99)+"\n", 100))
	b := m.Put(lines, 100, 0)
	m.Queued(b)
	assert.Nil(t, b.chunks[0].buffer)
	assert.Equal(t, stateDequeued, b.state)
	assert.Zero(t, m.waiting)
	give(m, 10_000)
	assert.Empty(t, m.buffers.buffers)
}

// TestReusedMemoryHoldsItsOwnVisits delivers many payloads of different sizes at
// once and compares what arrived.
func TestReusedMemoryHoldsItsOwnVisits(t *testing.T) {
	api, err := fakeapi.Listen("127.0.0.1:0", fakeapi.Settings{})
	require.NoError(t, err)
	defer func() { require.NoError(t, api.Close()) }()
	api.Script(fakeapi.KnownAgents, fakeapi.Step{Status: 413}, fakeapi.Step{Status: 400}) // the first bodies are cut
	r := agentvisitsexporter.startRig(t, api.URL())
	const payloads, perPayload = 60, 90
	var sending sync.WaitGroup
	for sender := range 4 {
		sending.Go(func() {
			for i := sender; i < payloads; i += 4 {
				n := perPayload - i%3
				if err := r.traces.ConsumeTraces(context.Background(), fixture.VisitTracesFrom(i*perPayload, n)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	sending.Wait()
	r.stop(t)
	var want, arrived []string
	in := agentvisitsexporter.newTestIntake(t, agentvisitsexporter.knownAgentsConfig(""))
	for i := range payloads {
		want = append(want, visitsOf(t, in.fromTraces(context.Background(), fixture.VisitTracesFrom(i*perPayload, perPayload-i%3)))...)
	}
	for _, v := range api.Visits(fakeapi.KnownAgents) {
		arrived = append(arrived, string(v.Raw))
	}
	assert.ElementsMatch(t, want, arrived)
}

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
	c := delivery.newClient(&http.Client{Transport: transport}, "http://127.0.0.1:1", "", destination.KnownAgents(&destination.KnownAgentsConfig{}, nil, nil))
	assert.Equal(t, http.StatusOK, c.post(t.Context(), delivery.newBatch(3)).status)
	n, err := kept.Read(read)
	assert.Zero(t, n)
	assert.ErrorIs(t, err, io.ErrClosedPipe)
}

// TestAWholeBodyEndsAfterItsRequest: the HTTP client looks whether there is more when
// it has sent all, and would close the connection if that failed.
func TestAWholeBodyEndsAfterItsRequest(t *testing.T) {
	b, readers := delivery.newBatch(3), &delivery.bodyReaders{}
	body := delivery.newRequestBody(b, readers)
	_, err := io.ReadFull(body, make([]byte, b.BytesSize()))
	require.NoError(t, err)
	readers.end()
	_, err = body.Read(make([]byte, 1))
	assert.ErrorIs(t, err, io.EOF)
}

// TestBodiesAreReadInPiecesOfAnySize.
func TestBodiesAreReadInPiecesOfAnySize(t *testing.T) {
	for name, d := range destinationsForTests() {
		b := lineUpInChunks(d.Framing, someVisits(5)...)
		whole, err := io.ReadAll(delivery.newRequestBody(b, &delivery.bodyReaders{}))
		require.NoError(t, err)
		require.Len(t, whole, b.BytesSize())
		for size := 1; size <= len(whole)+1; size++ {
			var got []byte
			r, piece := delivery.newRequestBody(b, &delivery.bodyReaders{}), make([]byte, size)
			for {
				n, err := r.Read(piece)
				got = append(got, piece[:n]...)
				if errors.Is(err, io.EOF) {
					break
				}
				require.NoError(t, err)
			}
			require.Equal(t, string(whole), string(got), fmt.Sprint(name, size))
		}
	}
}
