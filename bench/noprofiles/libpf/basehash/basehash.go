// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

// Package basehash declares the hash for profiles that the Elasticsearch exporter needs
// to compile; see libpf.
package basehash

import "errors"

// Hash128 is the hash of a trace.
type Hash128 struct{ hi, lo uint64 }

// New128 returns a hash.
func New128(hi, lo uint64) Hash128 { return Hash128{hi, lo} }

// New128FromBytes always fails.
func New128FromBytes([]byte) (Hash128, error) {
	return Hash128{}, errors.New("this Collector takes no profiles")
}

// Bytes returns nothing.
func (Hash128) Bytes() []byte { return nil }

// Base64 returns nothing.
func (Hash128) Base64() string { return "" }
