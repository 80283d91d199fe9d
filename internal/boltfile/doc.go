// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

// Package boltfile reads files of bbolt, in which the Collector's file_storage keeps
// queues, without trusting them. bbolt itself ends the process when it meets a damaged
// page: its goroutine panics while the file is opened, and nobody can recover that.
//
// A file goes in; a fault comes out, or the keys and values that can still be read. The
// form of the file is that of bbolt v1.5.0 (version 2, unchanged since 2014).
//
// Begin with file.go. page.go reads one page, walk.go the tree of pages.
package boltfile
