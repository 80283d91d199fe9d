// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

// Package xsync implements the lock that the Elasticsearch exporter uses for its cache of
// profiles; see libpf.
package xsync

import "sync"

// RWMutex guards a value.
type RWMutex[T any] struct {
	mu    sync.RWMutex
	value T
}

// NewRWMutex returns an unlocked RWMutex.
func NewRWMutex[T any](value T) RWMutex[T] { return RWMutex[T]{value: value} }

// WLock locks and returns the value, which is valid until WUnlock.
func (m *RWMutex[T]) WLock() *T {
	m.mu.Lock()
	return &m.value
}

// WUnlock sets the caller's pointer to nil and unlocks.
func (m *RWMutex[T]) WUnlock(value **T) {
	*value = nil
	m.mu.Unlock()
}
