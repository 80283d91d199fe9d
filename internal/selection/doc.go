// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

// Package selection decides which requests count as visits: no static assets, no
// framework internals, no health checks, and what a user includes or excludes.
//
// A visit goes in; a skip reason comes out, or none.
//
// Begin with filters.go; builtin.go holds the lists that apply by default,
// config.go the options.
package selection
