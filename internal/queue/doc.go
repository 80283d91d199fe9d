// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

// Package queue holds what waits for delivery: batches of encoded visits, in memory
// or on disk.
//
// Encoded visits go in; batches come out, merged and cut to the size of a request
// body. The Collector's exporterhelper runs the queue. This package gives it the
// request type (Batch), keeps what waits in memory small (Memory), and gives it a form
// on disk that a crash or a full disk does not lose (Encoding and Storage).
//
// Begin with batch.go. For a queue in memory go on with memory.go and coalesce.go;
// for a queue on disk with encoding.go, storage.go and set_aside.go. For an exporter with
// several sites read batch_sites.go, stored_mixed.go and parking.go. log_filter.go and
// drop_episode.go keep the log short while the queue is full.
package queue
