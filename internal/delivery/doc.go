// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

// Package delivery brings batches to the API: one POST at a time, what its
// answer means, and the circuit breaker that all requests to one API share.
//
// A batch goes in; it is delivered, or what is left of it comes back to be
// retried, or visits that the API rejects for good are dropped and counted.
//
// Begin with Push in delivery.go; attempt.go is one attempt, client.go one POST
// and the table of answers.
package delivery
