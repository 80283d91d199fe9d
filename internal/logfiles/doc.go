// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

// Package logfiles reads access logs that lie on a disk, as the programs around the
// exporter do: plain, gzip, zstd or standard input, in the order of what they hold.
//
// Names go in; chunks of whole lines come out, each with the header of its file that is
// in force, so that chunks can be read in any order and at once. A Reader hands their
// lines to package translate, as the exporter does.
//
// Begin with Open in open.go and File.Chunks in chunks.go.
package logfiles
