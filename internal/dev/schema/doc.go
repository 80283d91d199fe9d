// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

// Package schema describes a configuration: in go the struct that holds it, its defaults and
// the comments of its fields in the source; out come the options, which become a JSON schema
// for editors or a table for people. Begin with Describe.
package schema
