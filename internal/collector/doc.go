// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

// Package collector runs a built Collector, or another program, as a child
// process for the demo and for end-to-end tests: it starts the child, waits
// until it is ready, keeps the last lines of its log for error texts, and ends
// it in order. It needs nothing but the standard library.
package collector
