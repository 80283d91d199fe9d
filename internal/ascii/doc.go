// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

// Package ascii looks through bytes fast: sets of bytes and words, tables of
// keys, and scans that read eight bytes at a time.
//
// Strings go in; answers such as "is plain" or "is in the set" come out. It
// knows nothing of HTTP or of visits.
//
// Begin with bytes.go; key_table.go is the table that attribute keys are found
// with.
package ascii
