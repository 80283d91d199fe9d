// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

// Package uri splits, escapes and normalises URLs and hosts.
//
// Text as a producer wrote it goes in; a path and query that any API accepts
// come out, and a host in lower case without its scheme's own port.
//
// Begin with uri.go; host.go tells what can be a host.
package uri
