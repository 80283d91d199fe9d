// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

// Package mapping says which key means what, for some 60 producers of telemetry.
//
// An attribute's key goes in; a Mapping comes out: the field, the precedence over
// other keys of the field, and the unit of a duration. Package translate decides what
// becomes of the value.
//
// Begin with the tables in attributes.go. sources.go lists producers that give a key
// another meaning than others do, kinds.go how each field is read. table.go makes one
// table of the keys, with those that users name.
package mapping
