// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

// Package mapping says which key means what, for some 60 producers of telemetry.
//
// An attribute key goes in; a Mapping comes out: the field, how to read its
// value, and its precedence over other keys of the same field.
//
// Begin with the table in attributes.go; sources.go lists producers that mean
// something else by a key than others do.
package mapping
