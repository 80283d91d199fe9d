// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

// Package selection decides by host, path, service, method and status which requests
// count as visits.
//
// A visit goes in, and the reason why it does not count comes out, if there is one. For
// the name of a service it only says whether the service counts. Static assets, framework internals and health checks do
// not count unless a user includes them; users choose further by host, path,
// service, method and status.
//
// Begin with Filter in filters.go. builtin.go knows assets, internals and health
// checks, hosts.go patterns of hosts, and config.go has the options.
package selection
