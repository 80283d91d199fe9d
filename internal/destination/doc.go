// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

// Package destination says how each API wants its visits: URL, headers, framing,
// limits, and one function that encodes a visit.
//
// A visit goes in; bytes come out, or the reason why the API cannot take the
// visit. Destinations differ in data and in that function, never in control
// flow.
//
// Begin with destination.go; known_agents.go and scrunch.go are the two
// destinations. A third is one more such file, one block in Config, and one
// folder of golden files.
package destination
