// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

// Package selection decides which requests count as visits.
//
// A visit or the name of a service goes in. Out comes the reason why it does not
// count, or that it counts. Static assets, framework internals and health checks do
// not count unless a user includes them; users choose further by path, service,
// method and status.
//
// Begin with Filter in filters.go. builtin.go knows assets, internals and health
// checks, and config.go has the options.
package selection
