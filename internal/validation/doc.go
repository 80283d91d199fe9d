// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

// Package validation collects the faults of a configuration, so that a user sees
// all of them at once, each with its YAML key and the remedy.
//
// A part of the configuration goes in; faults come out. Each package checks its
// own block with these functions; the Collector's blocks (endpoint, queue,
// retry) are checked here.
//
// Begin with Faults in validation.go.
package validation
