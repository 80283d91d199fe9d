// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package fakeapi

import (
	"context"
	"net/http"
	"sync"
)

// Forever repeats a step without end.
const Forever = -1

// Step is one scripted answer. The zero Step answers as usual, once.
type Step struct {
	// Status is answered; 0 answers by the usual checks. A failure is answered
	// unchecked and stores nothing, unless Store is set. A success (2xx) stores.
	Status int
	// RetryAfter is sent as the header of that name: seconds or an HTTP date.
	RetryAfter string
	// Header is added to the answer.
	Header http.Header
	// Body replaces the answer's own JSON, when not empty.
	Body string

	// Store keeps the visits although the answer says failure or never comes, as
	// when an answer is lost after acceptance. What is to be stored must pass the
	// checks: a body that does not is answered with its refusal.
	Store bool
	// Hang holds the answer back until the channel is closed or the client leaves.
	Hang <-chan struct{}
	// Reset ends the connection in place of an answer (a TCP reset).
	Reset bool

	// Times is for how many requests the step holds: 0 means 1, Forever all.
	Times int
}

// scripts holds what tests have prepared for each destination.
type scripts struct {
	mu     sync.Mutex
	steps  map[Destination][]Step
	reject map[Destination]func(Visit) bool
}

// Script appends steps to a destination's queue. Each request to the
// destination takes one; when none is left the checks decide again.
func (a *API) Script(destination Destination, steps ...Step) {
	a.scripts.mu.Lock()
	defer a.scripts.mu.Unlock()
	if a.scripts.steps == nil {
		a.scripts.steps = map[Destination][]Step{}
	}
	a.scripts.steps[destination] = append(a.scripts.steps[destination], steps...)
}

// ClearScript drops the steps that are left for a destination. A request that
// hangs goes on hanging.
func (a *API) ClearScript(destination Destination) {
	a.scripts.mu.Lock()
	defer a.scripts.mu.Unlock()
	delete(a.scripts.steps, destination)
}

// RejectVisits makes every body that holds a visit for which reject returns true
// be answered 422, without storing any of it. nil lifts the rule.
func (a *API) RejectVisits(destination Destination, reject func(Visit) bool) {
	a.scripts.mu.Lock()
	defer a.scripts.mu.Unlock()
	if a.scripts.reject == nil {
		a.scripts.reject = map[Destination]func(Visit) bool{}
	}
	a.scripts.reject[destination] = reject
}

// next takes the step for one request.
func (s *scripts) next(destination Destination) Step {
	s.mu.Lock()
	defer s.mu.Unlock()
	queue := s.steps[destination]
	if len(queue) == 0 {
		return Step{}
	}
	step := queue[0]
	switch {
	case step.Times == Forever:
	case step.Times > 1:
		queue[0].Times--
	default:
		s.steps[destination] = queue[1:]
	}
	return step
}

// rejected returns the index of the first visit that the script rejects, or -1.
func (s *scripts) rejected(destination Destination, visits []Visit) int {
	s.mu.Lock()
	reject := s.reject[destination]
	s.mu.Unlock()
	if reject == nil {
		return -1
	}
	for i, visit := range visits {
		if reject(visit) {
			return i
		}
	}
	return -1
}

// wait returns true when the answer may be given, false when nobody waits for it.
func (s Step) wait(ctx context.Context) bool {
	if s.Hang == nil {
		return true
	}
	select {
	case <-s.Hang:
		return true
	case <-ctx.Done():
		return false
	}
}
