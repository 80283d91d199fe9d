// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

// Package agentvisitsexporter is an OpenTelemetry Collector exporter that turns
// telemetry into visits and delivers them to an API that analyses how AI agents
// read websites.
//
// A visit is one HTTP request that a website served. HTTP server spans and
// access-log records hold everything a visit needs, so whoever runs OpenTelemetry
// needs no second agent and no code in the application.
//
// factory.go assembles an exporter from the configuration in config.go. The
// exporter in exporter.go takes a payload of telemetry from the pipeline;
// translate.go makes it a batch of encoded visits, each of the site that internal/sites
// finds; the Collector's queue holds the batch; and internal/delivery posts it to the
// API. A visit whose span names a parent waits in internal/waiting before the queue,
// until internal/hops knows whether it is one.
//
// Below internal, package translate makes visits, with accesslog for lines of
// text, mapping for keys, selection for what counts, and privacy and redact for
// what may leave. Package destination encodes them, and delivery posts them. Each
// of these says in its doc.go where to begin reading. CONTRIBUTING.md says where a
// new log format, key, destination or rule goes.
package agentvisitsexporter

//go:generate sh internal/dev/tools/mdatagen.sh
