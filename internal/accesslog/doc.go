// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

// Package accesslog reads access logs that come as lines of text.
//
// A line goes in. What comes out depends on how the format tells what a part of the
// line means:
//
//   - by its place in a format of its own (nginx, Apache, Traefik, HAProxy, Envoy): Read
//     returns an Entry;
//   - by the name or the form of its column (CloudFront, IIS and other W3C logs, load
//     balancers, Squid): Columns yields keys and texts;
//   - by a key in the line itself (Heroku, Rails): Pairs yields keys and texts.
//
// The package knows nothing of a visit's fields, nor which source is better: package
// translate stores what is read here, and package mapping says what a key means.
//
// Begin with Read in entry.go. To add a format, write a method of Entry in a file of its
// own, such as readEnvoy, and call it from Read: before the search for a date, unless its
// lines have one in brackets as nginx's do. Add a case in testdata/sources. The
// columns of W3C logs are named by the log itself: Header reads these lines, Headers
// remember them for each file, and columns_layout.go says which key a name is. Another
// format of columns is a wordFormat in columns_words.go, or a file like columns_squid.go.
package accesslog
