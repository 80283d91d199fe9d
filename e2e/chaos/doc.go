// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

// Package chaos tests what docs/reliability.md promises. It disturbs a real Collector in
// its network, its process and on its disk, and through the API's answers. Then it counts
// the visits that arrive. Every visit has its own id, so the count is exact.
//
// `go test` runs the short form of the scenarios. `make chaos` runs all scenarios in full
// and writes the table in docs/reliability.md.
package chaos
