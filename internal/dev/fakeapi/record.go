// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package fakeapi

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"
)

// Visit is one stored visit. Exactly one of KnownAgents and Scrunch is set.
type Visit struct {
	Destination Destination
	Site        string          // its name in Settings.Sites
	Raw         json.RawMessage // the bytes in the body, without comma or newline
	KnownAgents *KnownAgentsVisit
	Scrunch     *ScrunchVisit
}

// Request is an HTTP request whose whole body has arrived.
type Request struct {
	Time        time.Time // of arrival
	Destination Destination
	Method      string
	Path        string      // with the query
	Header      http.Header // including credentials, for tests
	Site        string      // its name in Settings.Sites; empty if the credentials are of none
	BodySize    int         // bytes
	Visits      int         // in the body; 0 if the checks refused it
	Stored      int         // equals Visits, or 0

	// Status is the status of the answer. It is 0 until there is an answer. It stays 0
	// if the client left first or the script reset the connection.
	Status int
	// Reason says why the request failed. It is empty if the request succeeded. It never
	// quotes a visit's values.
	Reason string
}

// Counts are sums over all requests to one destination.
type Counts struct {
	Requests int
	Refused  int // requests without a successful answer
	Visits   int // stored
	Bytes    int64
}

// records keeps what arrived.
type records struct {
	keep      bool
	onVisit   func(Visit)
	onRequest func(Request)

	calling sync.Mutex // held from storing to the end of the callbacks, to keep them in order

	mu       sync.Mutex
	changed  chan struct{} // closed and replaced at each change
	requests map[Destination][]*Request
	visits   map[Destination][]Visit
	counts   map[Destination]Counts
}

func newRecords(settings Settings) records {
	return records{
		keep: !settings.CountsOnly, onVisit: settings.OnVisit, onRequest: settings.OnRequest,
		changed:  make(chan struct{}),
		requests: map[Destination][]*Request{},
		visits:   map[Destination][]Visit{},
		counts:   map[Destination]Counts{},
	}
}

// addRequest records a request that has no answer yet.
func (r *records) addRequest(request Request) *Request {
	r.mu.Lock()
	defer r.mu.Unlock()
	d := request.Destination
	if r.keep {
		r.requests[d] = append(r.requests[d], &request)
	}
	counts := r.counts[d]
	counts.Requests++
	counts.Bytes += int64(request.BodySize)
	r.counts[d] = counts
	r.broadcast()
	return &request
}

// addAnswer stores the answer's visits, completes the record of the request and calls
// the callbacks. It must return before the client gets its answer, so that a client
// with an answer finds its visits recorded.
func (r *records) addAnswer(request *Request, a answer) {
	r.calling.Lock()
	defer r.calling.Unlock()
	completed := r.complete(request, a)
	if r.onVisit != nil {
		for _, visit := range a.stored {
			r.onVisit(visit)
		}
	}
	if r.onRequest != nil {
		r.onRequest(completed)
	}
}

func (r *records) complete(request *Request, a answer) Request {
	r.mu.Lock()
	defer r.mu.Unlock()
	d := request.Destination
	request.Status, request.Reason, request.Stored = a.status, a.reason, len(a.stored)
	if r.keep {
		r.visits[d] = append(r.visits[d], a.stored...)
	}
	counts := r.counts[d]
	counts.Visits += len(a.stored)
	if a.reason != "" {
		counts.Refused++
	}
	r.counts[d] = counts
	r.broadcast()
	return *request
}

// broadcast wakes all callers of wait. It requires the lock.
func (r *records) broadcast() {
	close(r.changed)
	r.changed = make(chan struct{})
}

// Visits returns the stored visits of a destination in the order of arrival.
func (a *API) Visits(destination Destination) []Visit {
	a.records.mu.Lock()
	defer a.records.mu.Unlock()
	return slices.Clone(a.records.visits[destination])
}

// KnownAgentsVisits returns the decoded visits of Visits(KnownAgents).
func (a *API) KnownAgentsVisits() []KnownAgentsVisit {
	var visits []KnownAgentsVisit
	for _, visit := range a.Visits(KnownAgents) {
		visits = append(visits, *visit.KnownAgents)
	}
	return visits
}

// ScrunchVisits returns the decoded visits of Visits(Scrunch).
func (a *API) ScrunchVisits() []ScrunchVisit {
	var visits []ScrunchVisit
	for _, visit := range a.Visits(Scrunch) {
		visits = append(visits, *visit.Scrunch)
	}
	return visits
}

// Requests returns a destination's requests in the order of arrival, including those
// without an answer. Requests to other paths are under Unknown.
func (a *API) Requests(destination Destination) []Request {
	a.records.mu.Lock()
	defer a.records.mu.Unlock()
	requests := make([]Request, 0, len(a.records.requests[destination]))
	for _, request := range a.records.requests[destination] {
		requests = append(requests, *request)
	}
	return requests
}

// Counts returns the sums of a destination.
func (a *API) Counts(destination Destination) Counts {
	a.records.mu.Lock()
	defer a.records.mu.Unlock()
	return a.records.counts[destination]
}

// WaitVisits blocks until a destination has stored at least n visits. It fails if ctx
// is done first.
func (a *API) WaitVisits(ctx context.Context, destination Destination, n int) error {
	return a.records.wait(ctx, func() error {
		if have := a.records.counts[destination].Visits; have < n {
			return fmt.Errorf("%s has %d visits, expected %d", destination, have, n)
		}
		return nil
	})
}

// WaitRequests blocks until at least n requests have reached a destination, with or
// without an answer. It fails if ctx is done first.
func (a *API) WaitRequests(ctx context.Context, destination Destination, n int) error {
	return a.records.wait(ctx, func() error {
		if have := a.records.counts[destination].Requests; have < n {
			return fmt.Errorf("%s has %d requests, expected %d", destination, have, n)
		}
		return nil
	})
}

// wait blocks until missing, called with the lock held, returns nil.
func (r *records) wait(ctx context.Context, missing func() error) error {
	for {
		r.mu.Lock()
		err, changed := missing(), r.changed
		r.mu.Unlock()
		if err == nil {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("%w: %w", err, ctx.Err())
		}
	}
}
