// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

// Package report says what AI agents did on a website: who came, which pages they read,
// which errors they met, whom assistants sent, and what the telemetry lacks.
//
// Requests go in, in any order and in several Counters; a Report comes out, which is the
// same however the requests were divided. It can be written as text, as JSON and as a
// page. The package is pure: it reads no clock, no file and no network. Its memory is
// bounded: what does not fit is left out where the counts are lowest, and the report says
// how much that is.
//
// Begin with Counter in counter.go. visitor.go tells who sends a request, frequent.go is
// the bounded memory, build.go makes the Report in report.go; text.go and html.go write
// it.
package report
