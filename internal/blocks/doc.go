// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

// Package blocks checks the parts of a configuration that are the Collector's own: the
// HTTP client's settings, the queue and the retries, keys that no block has, values of
// another type, and extensions that do not run.
//
// A block goes in; its faults come out, in package validation's collection. It is a
// package of its own, so that what translates visits needs nothing of the Collector's
// queue: a program that only reads logs is compiled in seconds.
//
// Begin with Endpoint in client.go, Queue in queue.go and Decode in decode.go, which reads a
// configuration: unknown_keys.go names keys that no block has, types.go and durations.go
// values of another type. What keys there are is read from the types, by blocks.go.
// extensions.go looks for what a configuration names, and hide.go keeps the Collector's
// errors from showing secrets. The root checks the timeout itself.
package blocks
