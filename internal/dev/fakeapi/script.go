// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package fakeapi

import (
	"context"
	"net/http"
	"slices"
	"sync"
	"time"
)

// Forever repeats a step without end.
const Forever = -1

// Step is a scripted answer. The zero Step answers one request according to the
// checks.
type Step struct {
	// Status is the status of the answer; 0 lets the checks decide. A failure needs no
	// checks and stores nothing, unless Store is set. A success (2xx) stores the visits.
	Status int
	// RetryAfter is the Retry-After header: seconds or an HTTP date.
	RetryAfter string
	// Header is added to the answer.
	Header http.Header
	// Body replaces the answer's JSON if it is not empty.
	Body string

	// Store keeps the visits although the answer is a failure or never comes, as if the
	// answer was lost after the API accepted the visits. A body that fails the checks is
	// refused instead.
	Store bool
	// Hang delays the answer until the channel is closed or the client leaves.
	Hang <-chan struct{}
	// Delay is how long the answer takes at least.
	Delay time.Duration
	// Reset ends the connection with a TCP reset instead of an answer.
	Reset bool

	// Times is the number of requests that the step applies to: 0 means 1, Forever all.
	Times int
}

// scripts holds the steps and the rejected visits of each destination.
type scripts struct {
	mu     sync.Mutex
	steps  map[Destination][]Step
	reject map[Destination]func(Visit) bool
	object map[Destination]objection
}

// objection is a step for the bodies that hold one of its visits.
type objection struct {
	to   func(Visit) bool
	step Step
}

// Script appends steps to a destination's script. Each request to the destination
// takes the next step. When no step is left, the checks decide again.
func (a *API) Script(destination Destination, steps ...Step) {
	a.scripts.mu.Lock()
	defer a.scripts.mu.Unlock()
	if a.scripts.steps == nil {
		a.scripts.steps = map[Destination][]Step{}
	}
	a.scripts.steps[destination] = append(a.scripts.steps[destination], steps...)
}

// ClearScript removes the remaining steps of a destination. A request that hangs keeps
// hanging.
func (a *API) ClearScript(destination Destination) {
	a.scripts.mu.Lock()
	defer a.scripts.mu.Unlock()
	delete(a.scripts.steps, destination)
}

// RejectVisits makes the API refuse, with status 422, every body that holds a visit for
// which reject returns true. No visit of such a body is stored. A nil reject ends this.
func (a *API) RejectVisits(destination Destination, reject func(Visit) bool) {
	a.scripts.mu.Lock()
	defer a.scripts.mu.Unlock()
	if a.scripts.reject == nil {
		a.scripts.reject = map[Destination]func(Visit) bool{}
	}
	a.scripts.reject[destination] = reject
}

// ObjectTo gives the step, whatever its Times, to every body that holds a visit for which
// to returns true. It stands for something before the API that objects to what it reads,
// such as a firewall: its answer says nothing about the visits. Scripted steps come first.
// A nil to ends this.
func (a *API) ObjectTo(destination Destination, to func(Visit) bool, step Step) {
	a.scripts.mu.Lock()
	defer a.scripts.mu.Unlock()
	if a.scripts.object == nil {
		a.scripts.object = map[Destination]objection{}
	}
	a.scripts.object[destination] = objection{to: to, step: step}
}

// step returns the step for a request with these visits: the next one of the script, or
// that of an objection, or the zero Step.
func (s *scripts) step(destination Destination, visits []Visit) Step {
	step, scripted, objection := s.next(destination)
	if !scripted && objection.to != nil && slices.ContainsFunc(visits, objection.to) {
		return objection.step
	}
	return step
}

// next takes the next step of the script, if there is one. It also returns the objection.
func (s *scripts) next(destination Destination) (Step, bool, objection) {
	s.mu.Lock()
	defer s.mu.Unlock()
	queue, objection := s.steps[destination], s.object[destination]
	if len(queue) == 0 {
		return Step{}, false, objection
	}
	step := queue[0]
	switch {
	case step.Times == Forever:
	case step.Times > 1:
		queue[0].Times--
	default:
		s.steps[destination] = queue[1:]
	}
	return step, true, objection
}

// firstRejected returns the index of the first visit that RejectVisits rejects, or -1.
func (s *scripts) firstRejected(destination Destination, visits []Visit) int {
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

// wait returns true when the answer is due, and false if the client has left.
func (s Step) wait(ctx context.Context) bool {
	if s.Delay > 0 {
		timer := time.NewTimer(s.Delay)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-ctx.Done():
			return false
		}
	}
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
