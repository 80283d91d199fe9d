// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

// Package value reads numbers, statuses, durations and times in the forms that
// producers write them.
//
// An attribute's value, a JSON value or a text goes in as a Value; nanoseconds,
// a status code or a text come out.
//
// Begin with value.go; time.go lists the forms of times.
package value
