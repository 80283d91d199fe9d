// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

// Package destination says how each API takes visits: URL, headers, framing, and one
// function that encodes a visit.
//
// A visit goes in; bytes come out, or the reason why the API cannot take the visit.
// Destinations differ in data and in that function, never in control flow.
//
// Begin with Destination in destination.go. known_agents.go and scrunch.go are the two
// destinations, each with its block of the configuration. A third one is another such
// file, an entry in config.go (a field of Choice and its place in blocks), and a folder
// of golden files in testdata/body. CONTRIBUTING.md lists the rest.
package destination
