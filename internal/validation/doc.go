// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

// Package validation collects the faults of a configuration, so that a user sees all of
// them at once, each with its YAML key and the remedy.
//
// A block of the configuration goes in; faults come out. Each package checks its own
// block and reports to Faults. The Collector's blocks are checked here, except for the
// timeout: client.go has the HTTP client's, queue.go the queue's and that of retries.
// unknown_keys.go finds keys that no block has.
//
// Begin with Faults in validation.go.
package validation
