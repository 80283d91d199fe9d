// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

// Package accesslog reads access logs that come as lines of text.
//
// A line goes in. What comes out depends on how the format tells what a part of the
// line means:
//
//   - by its form, and its place before or after the request line (nginx, Apache and
//     most others), or by its place in a shape of the whole line (uWSGI, Gin, S3):
//     Reader.Read fills an Entry;
//   - by the name or the form of its column (CloudFront, IIS and other W3C logs, load
//     balancers, Squid): Columns yields keys and texts;
//   - by a key in the line itself: Pairs (Heroku, Rails) and Labels (LTSV) yield keys and
//     texts.
//
// PrefixOfJSON finds JSON behind what syslog or a logger writes. Closest says why a line
// is not read.
//
// The package knows nothing of a visit's fields, nor which source is better: package
// translate stores what is read here, and package mapping says what a key means.
//
// Whoever visits a site chooses user name, path, referer, user agent and
// X-Forwarded-For. Each rule keeps what a visitor writes from changing who came, what
// was read, or the status: a line is read exactly or not at all. FuzzVisitorsTexts
// checks it for each format.
//
// Begin with Entry.Read in entry.go; usual.go does the same faster for the usual line, and
// FuzzReader compares the two. combined.go finds the request line by the date before it,
// undated.go without one; head.go reads what comes before, answer.go what comes after,
// logger.go what a logger writes in front. To add a format, first see whether a rule can
// tell its words by their form. If not, add a pattern of the whole line to shapes, and a
// case in testdata/sources. The columns of W3C logs are named by the log itself: Header
// reads these lines, Headers remember them for each file, and columns_layout.go says which
// key a name is. Another format of columns is a wordFormat in columns_words.go, or a file
// like columns_squid.go.
package accesslog
