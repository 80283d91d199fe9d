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
	Raw         json.RawMessage // as it stood in the body, without comma or newline
	KnownAgents *KnownAgentsVisit
	Scrunch     *ScrunchVisit
}

// Request is one HTTP request that reached the API with its whole body.
type Request struct {
	Time        time.Time // of arrival
	Destination Destination
	Method      string
	Path        string      // with the query
	Header      http.Header // credentials included, for tests to look at
	BodySize    int         // bytes
	Visits      int         // in the body; 0 when the checks refused it
	Stored      int         // Visits or 0

	// Status is the answer's. It is 0 while no answer is given yet, and stays 0
	// when the client left first or the script reset the connection.
	Status int
	// Reason says why the request is no success. It never quotes a visit's values.
	Reason string
}

// Counts are sums over all requests to one destination.
type Counts struct {
	Requests int
	Refused  int // requests answered with a failure, or not at all
	Visits   int // stored
	Bytes    int64
}

// records keeps what arrived. Slices only ever grow, so that readers may be
// given clipped parts of them.
type records struct {
	keep      bool
	onVisit   func(Visit)
	onRequest func(Request)

	calling sync.Mutex // held from storing to the end of the callbacks: keeps them in order

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

// arrive records a request that has no answer yet.
func (r *records) arrive(request Request) *Request {
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

// settle stores what the answer stores, completes the request's record and tells
// the callbacks. The client gets its answer after that: who has seen the answer
// finds the visits.
func (r *records) settle(request *Request, a answer) {
	r.calling.Lock()
	defer r.calling.Unlock()
	settled := r.complete(request, a)
	if r.onVisit != nil {
		for _, visit := range a.stored {
			r.onVisit(visit)
		}
	}
	if r.onRequest != nil {
		r.onRequest(settled)
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

// broadcast wakes everybody in wait. The caller holds the lock.
func (r *records) broadcast() {
	close(r.changed)
	r.changed = make(chan struct{})
}

// Visits returns the stored visits of a destination in order of arrival.
func (a *API) Visits(destination Destination) []Visit {
	a.records.mu.Lock()
	defer a.records.mu.Unlock()
	return slices.Clone(a.records.visits[destination])
}

// KnownAgentsVisits returns what Visits(KnownAgents) holds, decoded.
func (a *API) KnownAgentsVisits() []KnownAgentsVisit {
	var visits []KnownAgentsVisit
	for _, visit := range a.Visits(KnownAgents) {
		visits = append(visits, *visit.KnownAgents)
	}
	return visits
}

// ScrunchVisits returns what Visits(Scrunch) holds, decoded.
func (a *API) ScrunchVisits() []ScrunchVisit {
	var visits []ScrunchVisit
	for _, visit := range a.Visits(Scrunch) {
		visits = append(visits, *visit.Scrunch)
	}
	return visits
}

// Requests returns a destination's requests in order of arrival, those without
// an answer so far included. Unknown holds the requests to other paths.
func (a *API) Requests(destination Destination) []Request {
	a.records.mu.Lock()
	defer a.records.mu.Unlock()
	requests := make([]Request, 0, len(a.records.requests[destination]))
	for _, request := range a.records.requests[destination] {
		requests = append(requests, *request)
	}
	return requests
}

// Counts returns a destination's sums.
func (a *API) Counts(destination Destination) Counts {
	a.records.mu.Lock()
	defer a.records.mu.Unlock()
	return a.records.counts[destination]
}

// WaitVisits blocks until a destination has stored at least n visits. It fails
// when ctx ends first, with the number there is.
func (a *API) WaitVisits(ctx context.Context, destination Destination, n int) error {
	return a.records.wait(ctx, func() error {
		if have := a.records.counts[destination].Visits; have < n {
			return fmt.Errorf("%s has %d visits, %d were waited for", destination, have, n)
		}
		return nil
	})
}

// WaitRequests blocks until at least n requests have reached a destination,
// answered or not. It fails when ctx ends first, with the number there is.
func (a *API) WaitRequests(ctx context.Context, destination Destination, n int) error {
	return a.records.wait(ctx, func() error {
		if have := a.records.counts[destination].Requests; have < n {
			return fmt.Errorf("%s has %d requests, %d were waited for", destination, have, n)
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
