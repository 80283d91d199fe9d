// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func give(ctx context.Context, t *testing.T, url, body string) (int, error) {
	t.Helper()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, url, strings.NewReader(body))
	require.NoError(t, err)
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, err
	}
	return answer.StatusCode, answer.Body.Close()
}

func TestSinkCountsItemsByTheirMark(t *testing.T) {
	s, err := newSink(accepts, `"id":`)
	require.NoError(t, err)
	defer s.close()
	for range 2 {
		status, err := give(t.Context(), t, s.url+"/any/path", `[{"id":1},{"id":2}]`)
		require.NoError(t, err)
		assert.Equal(t, http.StatusOK, status)
	}
	assert.Equal(t, int64(4), s.arrived.Load())
}

func TestSinkThatRefusesTakesNoConnection(t *testing.T) {
	s, err := newSink(refuses, "x")
	require.NoError(t, err)
	defer s.close()
	_, err = give(t.Context(), t, s.url, "x")
	require.ErrorContains(t, err, "refused")
	assert.Zero(t, s.arrived.Load())
}

func TestSinkThatHangsAnswersNothing(t *testing.T) {
	s, err := newSink(hangs, "x")
	require.NoError(t, err)
	defer s.close()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err = give(ctx, t, s.url, "x")
	require.ErrorIs(t, err, context.DeadlineExceeded)
	assert.Zero(t, s.arrived.Load())
}
