// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package hops

import (
	"encoding/binary"
	"math/bits"
)

// Kind says what a span stands for. The values are this package's own.
type Kind uint8

// The kinds of spans. Any other is taken for internal.
const (
	Internal Kind = iota + 1
	Client        // calls another service and waits for it
	Producer      // hands over work that others do later
	Server        // serves a request
	Consumer      // does work that a producer handed over
)

// serves says whether a request or a message reaches one of our services with the span.
func (k Kind) serves() bool { return k == Server || k == Consumer }

// calls says whether the span's process calls others by it. Its id travels inwards
// only, so a visitor does not learn it.
func (k Kind) calls() bool { return k == Client || k == Producer }

// Span is what the tracker is told of a span. Its Trace makes its keys.
type Span struct {
	Key     uint64 // of the span; 0: it has no usable id
	Parent  uint64 // of its parent; 0: none
	Start   int64  // in Unix nanoseconds; 0: not known
	End     int64  // in Unix nanoseconds; before Start: not known
	Service uint32 // a hash of the service's name and namespace, without its instance; 0: not known
	Kind    Kind
	Scope   uint32 // a hash of the name of its instrumentation
	IsLocal bool   // its own process says that the parent is in it, so no visitor named it
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
	// Same is equal for requests of one trace that have the same method and path;
	// see Trace.Same. 0: nothing completes this visit, and it completes none.
	Same uint64
	Peer Peer
	// IsBare says that the visit lacks what inner hops of its request may know. If they
	// did of late, it waits for them though nobody is above it.
	IsBare bool
}

// Trace makes the keys of the spans of one trace. Nobody who does not know the tracker's
// seed can choose ids whose keys collide.
type Trace struct {
	mixed, span, same uint64
}

// Trace is that of a trace id. That of a zero id, which is none, makes no keys.
func (t *Tracker) Trace(id [16]byte) Trace {
	high, low := binary.LittleEndian.Uint64(id[:]), binary.LittleEndian.Uint64(id[8:])
	if high|low == 0 {
		return Trace{}
	}
	k := &t.settings.Seed
	return Trace{fold(high^k[0], low^k[1]), k[2], k[3]}
}

// Key is the key of a span, or 0 if its id is zero.
func (t Trace) Key(span [8]byte) uint64 {
	id := binary.LittleEndian.Uint64(span[:])
	if id == 0 || t == (Trace{}) {
		return 0
	}
	return max(fold(t.mixed^t.same, id^t.span), 1)
}

// Same is the key of the requests that have one method and path, of which it is given a
// hash.
func (t Trace) Same(methodAndPath uint64) uint64 {
	if t == (Trace{}) {
		return 0
	}
	return max(fold(t.mixed^t.span, methodAndPath^t.same), 1)
}

// fold multiplies two numbers and mixes the halves of the product.
func fold(a, b uint64) uint64 {
	high, low := bits.Mul64(a, b)
	return high ^ low
}
