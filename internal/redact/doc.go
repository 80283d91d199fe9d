// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

// Package redact takes secrets out of URLs, and out of headers that hold URLs.
//
// A query, a path or a header goes in. The same text comes out with REDACTED for each
// secret value and each token, and without the user information and the fragments of
// URLs. All else stays byte for byte, and redacting twice is the same as redacting once.
// Of a text that only an attacker writes, with secrets within secrets, nothing is left.
//
// Four ideas carry it:
//
//   - Keys. Whether a value is secret depends on its key: on the key's parts, its last
//     word, or a word anywhere in it. Only for a few keys that are ordinary words as
//     well, the form of the value decides.
//   - Tokens. A credential that tells by its beginning what it is goes wherever it stands.
//   - How far a value goes. That depends on what it stands in: a query, a path, a
//     header, quotation marks, a URL within a URL. If in doubt, too much goes.
//   - Escapes are decoded while reading. A text is never decoded as a whole. The
//     redactor decodes one byte at a time and knows how often each was escaped, its
//     level. Only a delimiter of the same level or a lower one ends a value.
//
// An AllowList works the other way: only named keys may leave.
//
// Read redact.go first. It reads a text from left to right, and again if that changed
// the text, and calls the rest: urls.go takes out user information and fragments,
// values.go and quotations.go find where a value ends, and decode.go undoes escapes.
// keys.go says which keys are secret, tokens.go which texts are, and words.go what looks
// random. keep.go is the AllowList; it needs only decode.go. shortcuts.go only saves time.
package redact
