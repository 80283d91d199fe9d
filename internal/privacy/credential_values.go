// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package privacy

import (
	"strings"

	"github.com/agentvisits/agentvisitsexporter/internal/ascii"
	"github.com/agentvisits/agentvisitsexporter/internal/visit"
)

// A credential can be recognised by its value, whatever header it is in: a JSON Web Token
// (RFC 7519) or other JSON in Base64, and what follows the name of an authentication
// scheme, as in "Bearer x". Signatures pass whole: one byte less, and a genuine agent
// looks forged.

// redacted replaces a credential, as it replaces secrets in URLs.
const redacted = "REDACTED"

// valueForm says where in a header's text a credential can be.
type valueForm struct {
	schemes    *schemeSet
	separators string         // after which the name of a scheme can stand, besides the start
	token      *ascii.ByteSet // the bytes of a token
}

var (
	agentForm = valueForm{agentSchemes, "", &tokenBytes}
	urlForm   = valueForm{allSchemes, "", &urlTokenBytes}
	plainForm = valueForm{allSchemes, "", &tokenBytes}
	freeForm  = valueForm{allSchemes, "\t,;:=|\"'([{<", &tokenBytes} // of headers that users add
)

var (
	tokenBytes    = *ascii.NewByteSet("-_.=+/~")
	urlTokenBytes = *ascii.NewByteSet("-_.=+~")
)

// formOf has the form of each header's text.
var formOf = func() (forms [visit.FieldCount]*valueForm) {
	for i := range forms {
		switch f := visit.Field(i); {
		case f == visit.UserAgent:
			forms[i] = &agentForm
		case f >= visit.FirstAddedRequest:
			forms[i] = &freeForm
		case urlFields.Has(f):
			forms[i] = &urlForm
		default:
			forms[i] = &plainForm
		}
	}
	return forms
}()

// minCredentialBytes is the length of the shortest credential: "mac x".
const minCredentialBytes = len("mac x")

// addedHeaders are those that users add, and otherHeaders all others but signatures and
// the user agent, which is not tame. otherThanHost are these without the host.
var (
	addedHeaders = visit.FieldsWithin(visit.FirstAddedRequest, visit.FieldCount)
	otherHeaders = visit.RequestFields.With(visit.ResponseFields).Without(addedHeaders).Without(visit.SetOf(
		visit.RequestHeader("signature"), visit.RequestHeader("signature-input"), visit.SignatureAgent, visit.UserAgent,
	))
	otherThanHost = otherHeaders.Without(visit.SetOf(visit.HostHeader))
)

// MayHoldCredential is false for nearly all texts of built-in headers without one. It only
// saves time.
func MayHoldCredential(text string) bool {
	return len(text) >= minCredentialBytes && (allSchemes.mayStart(text) || strings.IndexByte(text, tokenStart[2]) >= 0)
}

// redact replaces each credential in the text of a header.
func (f *valueForm) redact(text string) string {
	if at := f.findCredential(text); at > 0 {
		text = text[:at] + redacted
	}
	return f.redactTokens(text)
}

// findCredential returns where the credential of a scheme starts, or 0. It ends with the
// text: how far it goes depends on the scheme.
func (f *valueForm) findCredential(text string) int {
	for from := 0; ; {
		for from < len(text) && text[from] == ' ' {
			from++
		}
		if after := f.schemes.length(text[from:]); after > 0 {
			return from + after
		}
		next := strings.IndexAny(text[from:], f.separators)
		if next < 0 {
			return 0
		}
		from += next + 1
	}
}

// tokenStart is "{" and a quotation mark in Base64, with which JSON starts.
const tokenStart = "eyJ"

// minTokenBytes is the length of the shortest JSON that counts as a token.
const minTokenBytes = 20

// redactTokens replaces each token: a run of token bytes that starts as JSON does. A run
// within a longer word counts if it has the three parts of a JSON Web Token.
func (f *valueForm) redactTokens(text string) string {
	var out []byte
	copied := 0
	for from := 0; ; {
		at := strings.Index(text[from:], tokenStart)
		if at < 0 {
			break
		}
		start := from + at
		end := start + len(tokenStart)
		for end < len(text) && f.token[text[end]] {
			end++
		}
		from = end
		alone := start == 0 || !wordBytes[text[start-1]]
		if alone && end-start >= minTokenBytes || strings.Count(text[start:end], ".") >= 2 {
			out = append(append(out, text[copied:start]...), redacted...)
			copied = end
		}
	}
	if copied == 0 {
		return text
	}
	return string(append(out, text[copied:]...))
}

var wordBytes = *ascii.NewByteSet("-_")
