// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

// Package fanout notices exporters that get the same payloads and hold each other back.
//
// The Collector gives a payload to the exporters of a pipeline one after the other. If one
// of them makes the pipeline wait, the others wait as well. The configuration of one
// exporter does not say which others are in its pipelines, so the first payloads tell: each
// exporter shows what it gets, and is told who has got the same.
//
// Begin with Member.Sees in fanout.go.
package fanout
