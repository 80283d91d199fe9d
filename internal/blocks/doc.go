// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

// Package blocks checks the parts of a configuration that are the Collector's own: the
// HTTP client's settings, the queue and the retries, and keys that no block has.
//
// A block goes in; its faults come out, in package validation's collection. It is a
// package of its own, so that what translates visits needs nothing of the Collector's
// queue: a program that only reads logs is compiled in seconds.
//
// Begin with Endpoint in client.go and Queue in queue.go. unknown_keys.go finds keys that
// no block has, and hide.go keeps the Collector's errors from showing secrets. The root
// checks the timeout itself.
package blocks
