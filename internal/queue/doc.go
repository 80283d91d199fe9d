// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

// Package queue holds what waits for delivery: batches of encoded visits, in
// memory or on a disk.
//
// Encoded visits go in; batches come out, merged and cut to the size of a
// request body. The Collector's exporterhelper runs the queue; this package
// gives it the request type, its form on disk, and the memory that is used
// again.
//
// Begin with Batch in batch.go; memory.go keeps the account of what waits in
// memory, encoding.go and storage.go of what waits on a disk.
package queue
