// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

// Package agentvisitsexporter is an OpenTelemetry Collector exporter that
// turns telemetry into visits and delivers them to an API that analyses how AI
// agents read websites.
//
// A visit is one HTTP request that a website served. HTTP server spans and
// access-log records hold everything a visit needs, so whoever runs
// OpenTelemetry needs no second agent and no code in the application.
//
// A visit takes one way through the package, each step in one file:
// translate.go reads a span or log record, known_agents.go or scrunch.go
// encodes the visit, batch.go is what the Collector's queue holds, and
// client.go posts it.
package agentvisitsexporter

//go:generate sh internal/dev/tools/mdatagen.sh
