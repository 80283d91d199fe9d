// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

// Package privacy decides what may leave: which headers, which parts of a query,
// how much of an address, and whose visits.
//
// A translated visit goes in and is changed in place, before it is encoded or
// queued.
//
// Begin with Apply in privacy.go; config.go holds the options.
package privacy
