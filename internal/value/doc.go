// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

// Package value reads numbers, statuses, durations and times in all forms that
// producers write.
//
// An attribute, a JSON value or a text goes in as a Value. A number, a status code,
// nanoseconds or a text comes out. Method reads the text of an
// HTTP method, and IsAbsent tells marks of absence.
//
// Begin with value.go. time.go lists the forms of times, duration.go those of durations
// and what a number without a unit probably counts.
package value
