// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// send posts a body and returns the status.
func send(ctx context.Context, t *testing.T, url, body string) (int, error) {
	t.Helper()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, url, strings.NewReader(body))
	require.NoError(t, err)
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, err
	}
	return answer.StatusCode, answer.Body.Close()
}

func TestTheSinkCountsItemsByTheirMark(t *testing.T) {
	s, err := newSink(accepts, `"id":`)
	require.NoError(t, err)
	defer s.close()
	for range 2 {
		status, err := send(t.Context(), t, s.url+"/any/path", `[{"id":1},{"id":2}]`)
		require.NoError(t, err)
		assert.Equal(t, http.StatusOK, status)
	}
	assert.Equal(t, int64(4), s.arrived.Load())
	assert.Equal(t, int64(2*len(`[{"id":1},{"id":2}]`)), s.received.Load())
}

func TestTheSinkDoesNotCountAPartialBody(t *testing.T) {
	s, err := newSink(accepts, "x")
	require.NoError(t, err)
	defer s.close()
	broken := io.MultiReader(strings.NewReader("xxx"), iotest.ErrReader(io.ErrUnexpectedEOF))
	assert.PanicsWithValue(t, http.ErrAbortHandler, func() {
		s.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", broken))
	})
	assert.Zero(t, s.arrived.Load())
	assert.Zero(t, s.received.Load())
}

func TestARefusingSinkTakesNoConnection(t *testing.T) {
	s, err := newSink(refuses, "x")
	require.NoError(t, err)
	defer s.close()
	_, err = send(t.Context(), t, s.url, "x")
	require.ErrorContains(t, err, "refused")
	assert.Zero(t, s.arrived.Load())
}

func TestAHangingSinkNeverAnswers(t *testing.T) {
	s, err := newSink(hangs, "x")
	require.NoError(t, err)
	defer s.close()
	synctest.Test(t, func(t *testing.T) {
		ctx, giveUp := context.WithCancel(t.Context())
		answered := false
		go func() {
			s.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(ctx, http.MethodPost, "/", strings.NewReader("x")))
			answered = true
		}()
		synctest.Wait()
		assert.False(t, answered, "before the client gives up")
		giveUp()
		synctest.Wait()
		assert.True(t, answered, "when the client has given up")
	})
	assert.Zero(t, s.arrived.Load())
}
