// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

// Package waiting holds visits back until it is known whether they are inner hops.
//
// A server span that names a parent may be an inner hop, and the span above it may come later. So
// its visit waits, packed, for visits::internal_hops_wait. Package hops knows the spans and
// decides; this package has the clock, the disk and the counters. Payloads and their visits go
// in; batches of visits that are none of a hop come out, and go to the Collector's queue.
//
// Begin with Room in room.go. payload.go is the way in, release.go the way out. packed.go is
// the form in which a visit waits, and kept.go says which payloads are on the disk meanwhile.
package waiting
