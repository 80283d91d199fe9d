// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

// Command bench compares what the exporter costs a Collector with what other
// exporters do. One Collector holds them all; each gets the same load over
// OTLP, delivers to an API within this process, and is asked of the kernel how
// much CPU and memory its process took. The order of the contenders is turned
// round from round to round, so that a machine that becomes slower or faster
// favours none. Nothing is asserted about speed; that everything was delivered
// is.
package main
