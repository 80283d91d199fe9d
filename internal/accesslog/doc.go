// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

// Package accesslog reads access logs that come as lines of text: the formats of
// nginx, Apache, Traefik, HAProxy and Envoy, columns as CloudFront and IIS write
// them, and key=value pairs.
//
// A line goes in; an Entry comes out, or pairs of key and text. It knows nothing
// of fields or precedence: package translate stores what is read here.
//
// Begin with Read in common.go. A further format is one reader here and one
// folder in testdata/sources.
package accesslog
