// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

// Package xsync has the lock of the Elasticsearch exporter's cache of what it
// has seen of profiles.
package xsync

import "sync"

// RWMutex holds a value that is only to be had with the lock.
type RWMutex[T any] struct {
	mu    sync.RWMutex
	value T
}

// NewRWMutex returns an open lock.
func NewRWMutex[T any](value T) RWMutex[T] { return RWMutex[T]{value: value} }

// WLock locks, and lends the value until WUnlock.
func (m *RWMutex[T]) WLock() *T {
	m.mu.Lock()
	return &m.value
}

// WUnlock unlocks, and takes the value away.
func (m *RWMutex[T]) WUnlock(value **T) {
	*value = nil
	m.mu.Unlock()
}
