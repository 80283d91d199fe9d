// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

// Package translate turns a span or a log record into a visit, or into a reason why
// it is not one.
//
// A payload goes in, item by item; out comes a visit.Visit, which is valid until the
// next item. Apart from its configuration, the result depends on the payload alone:
// the package reads no clock, no network and no file.
//
// Each item takes three steps. First its attributes and its body are read into facts,
// where the key that takes precedence gives the value of a field. Then the facts are
// resolved into the fields of the visit. Last, packages selection and privacy decide
// whether it counts, and what of it may leave.
//
// Begin with Translator in translator.go: Span and LogRecord are the whole way.
// Reading: maps.go (attributes and nested maps), body.go (JSON and other texts) and
// lines.go (lines of access logs) store into facts.go. Resolving: method.go, target.go
// (path, query and scheme), host.go, client_ip.go and trust.go, times.go, mcp.go and
// unescape.go, each with the methods of facts that find its fields. config.go is what
// users set, and explain.go tells them why an item did not become a visit.
package translate
