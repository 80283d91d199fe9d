// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

// Package translate turns a span or a log record into a visit, or into a reason why
// it is not one.
//
// A payload goes in, item by item; out comes a visit.Visit, which is valid until the
// next item. The result depends on the payload, on when it arrived, on the zone of
// times that name none, and on the configuration: the package reads no clock, no
// network and no file.
//
// Each item takes three steps. First its attributes and its body are read into facts,
// where the key that takes precedence gives the value of a field. Then path and host
// are resolved, without secrets, and package selection decides whether the visit
// counts. Last come its address and its MCP call, and package privacy decides what may
// leave. Services that are excluded and internal hops are left out on the way.
//
// Begin with Translator in translator.go: Span and LogRecord are the whole way.
// Reading: maps.go (attributes and nested maps), body.go (JSON and other texts),
// flat_json.go (the same faster for the usual JSON) and lines.go (lines of access logs)
// store into facts.go. Resolving: method.go, mesh.go, target.go (path, query and scheme),
// queries.go, host.go, client_ip.go and trust.go, times.go, mcp.go and unescape.go. hops.go
// tells package hops of spans and who calls them. config.go is what users set, rules.go
// the same made ready for use, and explain.go tells users
// why an item did not become a visit.
package translate
