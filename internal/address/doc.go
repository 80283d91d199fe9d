// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

// Package address reads IP addresses as proxies and servers write them: with
// ports, in brackets, in lists and in the Forwarded header (RFC 7239).
//
// Text goes in; the address that is most likely the visitor's comes out. Whom to
// believe is decided by package translate.
//
// Begin with Best in address.go.
package address
