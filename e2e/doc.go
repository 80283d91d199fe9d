// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

// Package e2e holds the end-to-end tests: each runs the Collector that
// builder-config.yaml describes as a process of its own, feeds it telemetry of
// known content over the network or through files, and compares what the
// stand-in of both APIs was given with that content.
//
// `make e2e` builds the Collector and runs them. By hand: `make collector`,
// then `go test ./...` in this folder; the variable COLLECTOR names another
// binary.
package e2e
