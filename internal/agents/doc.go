// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

// Package agents recognises AI agents and search crawlers, and visitors whom an AI
// assistant sent.
//
// A user agent goes in, and its agent comes out: name, operator and purpose. Or a
// referer and a query go in, and the assistant's name comes out.
//
// Begin with Set.Find in agents.go. list.go is the list to keep up to date.
package agents
