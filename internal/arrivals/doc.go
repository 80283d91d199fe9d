// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

// Package arrivals says in the log when no telemetry arrives, and when none of it is a
// visit, because both look like a quiet day otherwise.
//
// The numbers of each payload go in; a line comes out when such a time begins, with what to
// check, and another one when it ends. Watch is pure: it knows periods and no clock. Log is
// the clock and the words.
//
// Begin with Watch in watch.go.
package arrivals
