// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

// Package process lets a program become another one, as cmd/replay and cmd/service do. What
// they become is large; they themselves start at once.
//
// Begin with Become in become_unix.go.
package process
