// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

// Package delivery brings batches from the queue to the API.
//
// A batch goes in. Either all its visits are delivered; or the visits that the API
// does not take are dropped and counted; or an error comes out with the visits that
// are left, and the Collector's retry sender comes back with them.
//
// Begin with Delivery.Push in delivery.go. It makes an attempt: attempt.go posts
// bodies and does what each answer asks for, and isolate.go finds the visits that
// the API rejects. The rules for answers are the tables in outcome.go: whoever wants
// to change what is retried, how soon, and what is given up, begins there.
// client.go makes one HTTP request, circuit_breaker.go holds all requests back
// while the API wants none, and shutdown.go makes the last attempts.
package delivery
