// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

// Package uri splits, escapes and normalises URLs and hosts.
//
// A text goes in as a producer wrote it. Out come the parts of a URL, a path or query
// in the form that any API accepts, or a host in lower case without port 80 or 443.
//
// Begin with Split in uri.go. percent.go escapes, host.go tells what can be a host.
package uri
