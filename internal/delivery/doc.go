// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

// Package delivery brings batches from the queue to the API.
//
// A batch goes in. It is settled when each of its visits is delivered, or dropped and
// counted; until then the queue keeps it. An error comes out only if there is no more
// time.
//
// Each site has a lane of its own (lane.go); what waits for one that is paused is parked
// (parking.go). place.go puts a body where a verdict says.
//
// Begin with Delivery.Push in delivery.go. It gives a shipment to the dispatcher
// (dispatcher.go), which decides what is sent next, and when: pace.go has how many
// requests may be under way and how large they are, circuit_breaker.go when nothing may
// be sent, late.go when a request is cut off, yield.go when a shipment goes back to the
// end of the queue. After each answer, judged in judge.go, evidence.go collects the
// evidence, and policy.verdict in verdict.go decides with it. What a status means at
// first is in the tables of outcome.go. client.go makes one HTTP request, and
// shutdown.go ends everything.
package delivery
