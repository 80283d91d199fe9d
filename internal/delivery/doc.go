// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

// Package delivery brings batches from the queue to the API.
//
// A batch goes in. Each of its visits is delivered, or dropped and counted, or left.
// If visits are left, an error comes out with them, and the Collector's retry sender
// comes back with them until retries end.
//
// Begin with Delivery.Push in delivery.go. It makes an attempt: attempt.go posts
// bodies and does what each answer asks for, and isolate.go finds the visits that
// the API rejects. What an answer means is in the tables of outcome.go, and how long
// nothing is sent after it in pause there. When retries end is in
// Delivery.endOfRetries.
// client.go makes one HTTP request, circuit_breaker.go holds all requests back
// while the API wants none, and shutdown.go makes the last attempts.
package delivery
