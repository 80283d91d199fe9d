// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

// Package libpf declares the identifiers for profiles that the Elasticsearch exporter
// needs to compile. The benchmark sends no profiles, so none of them is used.
package libpf

import "errors"

var errNoProfiles = errors.New("this Collector takes no profiles")

// FileID names an executable.
type FileID struct{ hi, lo uint64 }

// NewFileID returns a FileID.
func NewFileID(hi, lo uint64) FileID { return FileID{hi, lo} }

// FileIDFromString always fails.
func FileIDFromString(string) (FileID, error) { return FileID{}, errNoProfiles }

// FileIDFromBytes always fails.
func FileIDFromBytes([]byte) (FileID, error) { return FileID{}, errNoProfiles }

// IsZero reports whether id is the zero FileID.
func (id FileID) IsZero() bool { return id == FileID{} }

// Bytes returns nothing.
func (FileID) Bytes() []byte { return nil }

// Base64 returns nothing.
func (FileID) Base64() string { return "" }

// AddressOrLineno is an address or a line number in an executable.
type AddressOrLineno uint64

// FrameType is a kind of stack frame.
type FrameType uint8

// FrameTypeFromString returns the zero FrameType.
func FrameTypeFromString(string) FrameType { return 0 }

// IsError returns false.
func (FrameType) IsError() bool { return false }
