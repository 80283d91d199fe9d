// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

// Package e2e holds the end-to-end tests. Each test runs the Collector of
// builder-config.yaml in its own process, sends it known telemetry over the network or
// through files, and compares the visits that reach the stand-in for both APIs with that
// telemetry.
//
// `make e2e` builds the Collector and runs the tests. To run them by
// hand, run `make collector` and then `go test ./...` in this folder. The variable
// COLLECTOR names another binary.
package e2e
