// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import "net/http"

// destination is one of the APIs that visits can be delivered to. Whatever differs
// from one to the next stands here.
type destination struct {
	// name is the configuration's block and the metrics' attribute.
	name string
	// site tells sites of the same API apart in a queue on disk. It is no secret.
	site string
	// endpoint is the API's base URL unless one is configured; path follows it.
	endpoint, path string
	// framing makes encoded visits into a request body.
	framing framing
	// contentType is the body's media type.
	contentType string
	// authorize sets the header that holds the secret. It is nil if an
	// authentication extension does so.
	authorize func(http.Header)
	// secretKey is the YAML key of that secret, for messages.
	secretKey string
	// fields are the names of a visit's fields in this API. The text of a rejection
	// is searched for them.
	fields []string
	// unused are the fields that make no difference to what is delivered. Nobody
	// reads their values.
	unused fieldSet
	// encode appends one visit without a line break and of at most maxVisitBytes, or
	// says why the API cannot take it.
	encode func(dst []byte, v *visit) encoded
}

// setSecret makes the destination send a secret, from a file if one is named,
// as the value of a header after the given scheme. Without either it sends none.
func (d *destination) setSecret(header, scheme, secret, path string) {
	switch {
	case path != "":
		d.secretKey += "_file"
		file := &secretFile{path: path}
		d.authorize = func(h http.Header) { h.Set(header, scheme+file.current()) }
	case secret != "":
		d.authorize = func(h http.Header) { h.Set(header, scheme+secret) }
	}
}

// identity is the same for queues of this destination and site, and for no other.
func (d *destination) identity() string {
	if d.site == "" {
		return d.name
	}
	return d.name + "/" + d.site
}

// encoded is what became of one visit.
type encoded struct {
	bytes []byte // the buffer with the visit appended, or as it was if skipped
	skip  skipReason
	cut   bool // a field was cut to its limit, or a header left out
}

// framing makes a request body of encoded visits: open, then the visits with the
// separator between them, then end. The separator's last byte is a line break,
// which no visit contains.
type framing struct {
	open, separator, end string
}

// maxBodyBytes is the largest body for either API. Scrunch documents about 1 MB
// uncompressed for a request; Known Agents documents no limit and gets the same.
const maxBodyBytes = 1_000_000

// bodySize is the exact size of a body. lines is the size of its visits, each
// followed by the separator.
func (f *framing) bodySize(lines int) int {
	if lines == 0 {
		return 0
	}
	return len(f.open) + lines - len(f.separator) + len(f.end)
}

// room is how many bytes of lines fit into a body of maxSize bytes.
func (f *framing) room(maxSize int) int {
	return max(maxSize-len(f.open)+len(f.separator)-len(f.end), 0)
}
