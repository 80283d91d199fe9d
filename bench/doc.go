// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

// Command bench compares what this exporter and other exporters cost a Collector. One
// binary holds all of them. Each contender runs in its own process, gets the same load
// over OTLP, and delivers to an API in this process. The kernel says how much CPU time
// and memory the process took. The contenders take turns, and each turn reverses their
// order, so that a machine that becomes slower or faster favours none of them. The command requires that everything is delivered, but not how fast.
package main
