// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

// Package fakeapi is a stand-in for the two APIs that take visits, Known Agents
// and Scrunch. It is stricter than the vendors: it checks everything that their
// documents state and refuses everything that they do not mention. So the real APIs
// have no reason to refuse a body that passes here.
//
// Tests script its answers and read the visits that it received. The preview program
// shows them. The package sends nothing and writes nothing to disk.
//
// Begin with API in api.go. known_agents.go and scrunch.go have the rules of the two APIs,
// script.go the answers that tests choose.
package fakeapi
