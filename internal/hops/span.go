// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package hops

import (
	"encoding/binary"
	"math/bits"
)

// Kind says what a span stands for. The values are this package's own.
type Kind uint8

// The kinds of spans. A span that names none is internal.
const (
	Internal Kind = iota + 1
	Client        // calls another service and waits for it
	Producer      // hands over work that others do later
	Server        // serves a request
	Consumer      // does work that a producer handed over
)

// serves says whether a request or a message reaches one of our services with the span.
func (k Kind) serves() bool { return k >= Server }

// calls says whether the span's process calls others by it. Its id travels inwards
// only, so a visitor does not learn it.
func (k Kind) calls() bool { return k == Client || k == Producer }

// Span is what the tracker is told of a span. Tracker.Key makes its keys.
type Span struct {
	Key     uint64 // of the span; 0: it has no usable id
	Parent  uint64 // of its parent; 0: none
	Start   int64  // in Unix nanoseconds; 0: not known
	End     int64  // in Unix nanoseconds; before Start: not known
	Service uint32 // a hash of the service's name and namespace, without its instance; 0: not known
	Kind    Kind
}

// isRoot says whether nothing can be above the span. A span that names itself as its
// parent has none.
func (s *Span) isRoot() bool { return s.Parent == 0 || s.Parent == s.Key }

// Peer says who connected to the server of a span.
type Peer uint8

// The peers. Ours has a private address, or one that the user trusts.
const (
	UnknownPeer Peer = iota
	Ours
	Stranger
)

// Request is what is known of the request of a server span.
type Request struct {
	Peer Peer
	// Same is equal for requests of one trace that have the same method and path;
	// see Tracker.Same. 0: nothing completes this visit, and it completes none.
	Same uint64
}

// Key is the key of a span. It is 0 if an id is zero, which says that there is none.
// Nobody who does not know the seed can choose ids whose keys collide.
func (t *Tracker) Key(trace [16]byte, span [8]byte) uint64 {
	id := binary.LittleEndian.Uint64(span[:])
	high, low := binary.LittleEndian.Uint64(trace[:]), binary.LittleEndian.Uint64(trace[8:])
	if id == 0 || high|low == 0 {
		return 0
	}
	k := &t.settings.Seed
	return max(fold(fold(high^k[0], low^k[1])^k[2], id^k[3]), 1)
}

// Same is the key of the requests of a trace that have one method and path, of which
// it is given a hash.
func (t *Tracker) Same(trace [16]byte, methodAndPath uint64) uint64 {
	high, low := binary.LittleEndian.Uint64(trace[:]), binary.LittleEndian.Uint64(trace[8:])
	if high|low == 0 {
		return 0
	}
	k := &t.settings.Seed
	return max(fold(fold(high^k[0], low^k[1])^k[3], methodAndPath^k[2]), 1)
}

// fold multiplies two numbers and mixes the halves of the product.
func fold(a, b uint64) uint64 {
	high, low := bits.Mul64(a, b)
	return high ^ low
}
