// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

// Package redact takes secrets out of URLs and of texts that hold URLs.
//
// A query, a path or a header goes in; the same comes out with each secret value
// replaced. Keys are told by their words, values by how far they go.
//
// Begin with redact.go; keys.go says which keys are secret, values.go where a
// value ends.
package redact
