// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package delivery

import (
	"errors"
	"net/textproto"
	"net/url"
	"regexp"
)

// unquoted is an error whose text quotes nothing of an answer. Of what is no HTTP, Go's
// client quotes the line that it cannot read, which may hold a visit or a secret.
type unquoted struct{ error }

// quotation is how Go's errors quote, with %q.
var quotation = regexp.MustCompile(`"(?:[^"\\]|\\.)*"`)

// Error is the error's text without quotations.
func (e unquoted) Error() string {
	if malformed := textproto.ProtocolError(""); errors.As(e.error, &malformed) { // which may quote without quotation marks
		return "the answer has a malformed header"
	}
	return quotation.ReplaceAllString(e.error.Error(), `"..."`)
}

// Unwrap returns the error.
func (e unquoted) Unwrap() error { return e.error }

// withoutURL takes the URL out of an error, because describe names it.
func withoutURL(err error) error {
	if wrapped := (*url.Error)(nil); errors.As(err, &wrapped) {
		return wrapped.Err
	}
	return err
}
