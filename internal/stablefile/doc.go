// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

// Package stablefile reads small files that people replace while a program runs: the file
// of a secret, the file of a site.
//
// A path goes in. The text comes out, with what the file was, or a fault without the path,
// because people write secrets in its place. Begin with Read.
package stablefile
