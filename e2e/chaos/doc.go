// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

// Package chaos proves what docs/reliability.md promises: it disturbs a real
// Collector in every way that we could think of, on the wire, in the API's
// answers, in its process and on its disk, and counts what arrives. Every visit
// has an id of its own, so that the count is exact.
//
// `go test` runs each scenario briefly; `make chaos` runs all of them in full
// and writes the table into docs/reliability.md.
package chaos
