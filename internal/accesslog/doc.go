// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

// Package accesslog reads access logs that come as lines of text.
//
// A line goes in. What comes out depends on how the format tells what a part of the
// line means:
//
//   - by its place in a format of its own (nginx, Apache, Traefik, HAProxy, Envoy): Read
//     returns an Entry;
//   - by the name of its column (CloudFront, IIS, Application Load Balancers): Columns
//     yields keys and texts;
//   - by a key in the line itself (Heroku, Rails): Pairs yields keys and texts.
//
// The package knows nothing of a visit's fields, nor which source is better: package
// translate stores what is read here, and package mapping says what a key means.
//
// Begin with Read in entry.go. To add a format, write a method of Entry in a file of its
// own, such as readEnvoy, and call it from Read: before the search for a date, unless its
// lines have one in brackets as nginx's do. Add a case in testdata/sources. A format of
// columns is a row in columnFormats, and isDated must know its first two columns.
package accesslog
