// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

// Package agents recognises AI agents and search crawlers, browsers, and people whom an
// AI assistant sent.
//
// A user agent goes in, and its agent comes out: name, operator and purpose. Or a
// referer and a query go in, and the assistant's name comes out. All of it is what
// visitors say about themselves; nothing is verified.
//
// Begin with Set.Find in agents.go. list.go and list_public.go are the list to keep up to
// date, and token.go has the grammar of its tokens. browser.go tells browsers, referred.go
// people whom an assistant sent, signed.go who signs. tally.go counts visits by agent.
package agents
