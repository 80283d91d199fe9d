// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

// Package validation collects the faults of a configuration, so that a user sees all of
// them at once, each with its YAML key and the remedy.
//
// A block of the configuration goes in; faults come out. Each package checks its own
// block and reports to Faults. The Collector's blocks are checked here, except for the
// timeout: client.go has the HTTP client's, queue.go the queue's and that of retries.
// decode.go reads a configuration: unknown_keys.go names keys that no block has, types.go and
// durations.go values of another type, nearest.go what was meant. What keys there are is read
// from the types, by blocks.go.
//
// Begin with Faults in validation.go.
package validation
