// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package delivery

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"go.opentelemetry.io/collector/exporter/exporterhelper"

	"github.com/agentvisits/agentvisitsexporter/internal/queue"
)

// unsent is what a failed attempt leaves of a batch, with what delivery knows of
// it. The retry sender comes back with it as its request.
type unsent struct {
	visits    *queue.Batch
	begun     time.Time // when the batch was first tried
	rejection rejection
}

var _ queue.Request = (*unsent)(nil)

// ItemsCount is the number of visits.
func (u *unsent) ItemsCount() int { return u.visits.ItemsCount() }

// BytesSize is the exact size of the request body.
func (u *unsent) BytesSize() int { return u.visits.BytesSize() }

// MergeSplit is required by the interface. The helper merges and splits in the
// queue, which holds nothing that was tried.
func (u *unsent) MergeSplit(ctx context.Context, maxSize int, sizer exporterhelper.RequestSizerType, next queue.Request) ([]queue.Request, error) {
	return u.visits.MergeSplit(ctx, maxSize, sizer, next)
}

// OnError returns what the next failure leaves to the retry sender.
func (u *unsent) OnError(err error) queue.Request {
	var partial *unsentError
	if errors.As(err, &partial) {
		return partial.unsent
	}
	return u
}

// unsentError is a failure before which some visits may have been delivered.
type unsentError struct {
	cause  error
	unsent *unsent
}

func (e *unsentError) Error() string { return e.cause.Error() }

func (e *unsentError) Unwrap() error { return e.cause }

// Unsent is what is left to send. The batch's OnError asks for it.
func (e *unsentError) Unsent() queue.Request { return e.unsent }

// pendingRetries are the visits that the retry sender will come back with, or had
// when the shutdown interrupted it.
type pendingRetries struct {
	mu  sync.Mutex
	set map[*unsent]struct{}
}

func (p *pendingRetries) add(u *unsent) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.set == nil {
		p.set = make(map[*unsent]struct{})
	}
	p.set[u] = struct{}{}
}

func (p *pendingRetries) remove(u *unsent) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.set, u)
}

// all returns them, the oldest first.
func (p *pendingRetries) all() []*unsent {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.SortedFunc(maps.Keys(p.set), func(a, b *unsent) int { return a.begun.Compare(b.begun) })
}

// count is the number of visits.
func (p *pendingRetries) count() (visits int) {
	for _, u := range p.all() {
		visits += u.visits.Count
	}
	return visits
}
