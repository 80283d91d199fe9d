// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

// Package address reads IP addresses as proxies and servers write them: with ports,
// in brackets, in lists and in the Forwarded header (RFC 7239).
//
// A text goes in; one address comes out. Which text to believe is decided by package
// translate.
//
// Begin with Best in address.go. parse.go knows the forms of one address, forwarded.go
// the Forwarded header. ipv4.go is the fast path for the usual form.
package address
