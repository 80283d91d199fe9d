// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

// Package privacy decides what of a visit may leave: which headers, which parts of its
// query and path, how much of an address, and whose visits.
//
// A translated visit goes in before it is encoded or queued. Its path and query are
// redacted already. Excludes says whether nothing of it may leave, because of who its
// visitor is; Apply takes out of it what may not.
//
// Begin with Rules.Apply in privacy.go. addresses.go truncates addresses or leaves them
// out, and address_scan.go looks for them in any text. paths.go replaces parts of paths.
// credentials.go knows the headers that never leave by their names; credential_values.go
// takes credentials out of the others, and schemes.go has the authentication schemes.
// config.go has the options, which validate.go checks; those under client_ip are in
// package translate.
package privacy
