// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

// Package hostname reads patterns of hosts, as users write them: a name, or all subdomains
// of one. A text goes in; a Pattern comes out, or a fault that says what to write instead.
//
// Begin with Pattern in pattern.go.
package hostname
