// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package delivery

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// hanging is an API whose requests that hold /hang are answered when release is
// closed. It remembers how each of them ended.
type hanging struct {
	release chan struct{}
	takes   time.Duration // each other request
	mu      sync.Mutex
	ends    []error // nil if the request was answered
}

func (h *hanging) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	if !bytes.Contains(body, []byte("/hang")) {
		time.Sleep(h.takes)
		return withStatus(200)(r)
	}
	var end error
	select {
	case <-h.release:
	case <-r.Context().Done():
		end = context.Cause(r.Context())
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.ends = append(h.ends, end)
	if end != nil {
		return nil, end
	}
	return withStatus(200)(r)
}

// pushHanging pushes a visit whose request hangs.
func (d *testDelivery) pushHanging(t *testing.T, h *hanging) (ended chan error) {
	t.Helper()
	d.client.http.Transport = h
	ended = make(chan error, 1)
	visits := batchOf(1, func(int) string { return "/hang" })
	go func() { ended <- d.Push(t.Context(), visits) }()
	synctest.Wait()
	return ended
}

func TestALateRequestIsCutOffIfALaterOneWasAccepted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newTestDelivery(t)
		h := &hanging{release: make(chan struct{}), takes: quick}
		ended := d.pushHanging(t, h)
		sent := make(chan error, 1)
		go func() { sent <- d.Push(t.Context(), newBatch(1)) }()
		<-time.After(9 * time.Second)
		synctest.Wait()
		require.Empty(t, sent, "there is one request at first, and 9.5 s are not yet late")
		<-time.After(2 * time.Second)
		require.NoError(t, <-sent, "then others go")
		synctest.Wait()
		h.mu.Lock()
		assert.Len(t, h.ends, 1)
		require.ErrorIs(t, h.ends[0], errSilence)
		h.mu.Unlock()
		close(h.release)
		require.NoError(t, <-ended, "it is sent again")
	})
}

func TestALateRequestIsLeftAloneIfNothingElseIsAccepted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newTestDelivery(t)
		h := &hanging{release: make(chan struct{})}
		ended := d.pushHanging(t, h)
		<-time.After(29 * time.Second) // the timeout is 30 s
		close(h.release)
		require.NoError(t, <-ended)
		assert.Equal(t, []error{nil}, h.ends, "one request")
	})
}

// TestAnEarlierAnswerIsNoEvidenceOfSilence: what was sent before says nothing about
// a request that is late.
func TestAnEarlierAnswerIsNoEvidenceOfSilence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newTestDelivery(t)
		d.dispatcher.pace.underWay = 2
		h := &hanging{release: make(chan struct{}), takes: 20 * time.Second}
		d.client.http.Transport = h
		sent := make(chan error, 1)
		go func() { sent <- d.Push(t.Context(), newBatch(1)) }()
		<-time.After(time.Second)
		ended := d.pushHanging(t, h)
		require.NoError(t, <-sent)
		synctest.Wait()
		assert.Empty(t, h.ends)
		close(h.release)
		require.NoError(t, <-ended)
	})
}

func TestARequestThatIsCutOffCountsAsAFailureOfItsBody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newTestDelivery(t)
		h := &hanging{release: make(chan struct{}), takes: quick}
		ended := d.pushHanging(t, h)
		var others sync.WaitGroup
		for range 200 {
			<-time.After(time.Second)
			others.Go(func() { assert.NoError(t, d.Push(t.Context(), newBatch(1))) })
		}
		others.Wait()
		select {
		case err := <-ended:
			require.NoError(t, err, "it was dropped and counted")
		default:
			t.Error("a visit that gets no answer while others do is at fault")
		}
		assert.Greater(t, len(h.ends), 9)
	})
}

func TestWhileARequestIsLateOthersAreSmall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newTestDelivery(t)
		h := &hanging{release: make(chan struct{}), takes: 15 * time.Second}
		ended := d.pushHanging(t, h)
		large := batchNamed(1, 4_000, false)
		require.Greater(t, large.BytesSize(), 2*minBytes)
		var mu sync.Mutex
		var sizes []int64
		d.client.http.Transport = transport(func(r *http.Request) (*http.Response, error) {
			mu.Lock()
			sizes = append(sizes, r.ContentLength)
			mu.Unlock()
			return h.RoundTrip(r)
		})
		sent := make(chan error, 1)
		go func() { sent <- d.Push(t.Context(), large) }()
		<-time.After(12 * time.Second)
		mu.Lock()
		require.NotEmpty(t, sizes)
		for _, size := range sizes {
			assert.LessOrEqual(t, size, int64(minBytes))
		}
		mu.Unlock()
		close(h.release)
		require.NoError(t, <-ended)
		require.NoError(t, <-sent)
	})
}
