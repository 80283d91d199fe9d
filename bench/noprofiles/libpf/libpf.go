// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

// Package libpf has the names of profiles that the Elasticsearch exporter is
// compiled with. None of them is used where spans and log records are compared.
package libpf

import "errors"

var errNoProfiles = errors.New("this Collector takes no profiles")

// FileID names an executable.
type FileID struct{ hi, lo uint64 }

// NewFileID returns a FileID.
func NewFileID(hi, lo uint64) FileID { return FileID{hi, lo} }

// FileIDFromString fails always.
func FileIDFromString(string) (FileID, error) { return FileID{}, errNoProfiles }

// FileIDFromBytes fails always.
func FileIDFromBytes([]byte) (FileID, error) { return FileID{}, errNoProfiles }

// IsZero reports whether it names nothing.
func (id FileID) IsZero() bool { return id == FileID{} }

// Bytes returns nothing.
func (FileID) Bytes() []byte { return nil }

// Base64 returns nothing.
func (FileID) Base64() string { return "" }

// AddressOrLineno is a place in an executable.
type AddressOrLineno uint64

// FrameType is a kind of stack frame.
type FrameType uint8

// FrameTypeFromString knows no kinds.
func FrameTypeFromString(string) FrameType { return 0 }

// IsError reports false.
func (FrameType) IsError() bool { return false }
