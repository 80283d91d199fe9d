// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

// Package ascii works on the bytes of texts, fast: sets of bytes and of words, a
// table of keys, scans of eight bytes at a time, and the byte escapes of web servers'
// logs.
//
// Strings go in; answers such as "is plain" or "is in the set" come out, or the text
// without its escapes. The package knows nothing of HTTP or of visits.
//
// Begin with bytes.go. key_table.go has the table in which attribute keys are looked
// up.
package ascii
