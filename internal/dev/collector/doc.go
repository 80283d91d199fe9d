// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

// Package collector runs a Collector, or another program, as a child process of the
// demo, the end-to-end tests and the comparison of exporters. It starts the child, waits until it is ready, keeps
// the last lines of its output for error messages, and stops it gracefully. It uses
// only the standard library.
//
// Settings go in; a running Process comes out. Begin with Start in collector.go.
package collector
