// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

// Package validation collects the faults of a configuration, so that a user sees all of
// them at once, each with its YAML key and the remedy.
//
// Each package checks its own block and reports to Faults; package blocks checks those
// of the Collector.
//
// Begin with Faults in validation.go. nearest.go finds the name that was most likely meant
// by a misspelled one.
package validation
