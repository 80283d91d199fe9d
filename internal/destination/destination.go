// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package destination

import (
	"net/http"

	"github.com/agentvisits/agentvisitsexporter/internal/visit"
)

// Destination is one of the APIs that visits can be delivered to. Whatever differs
// from one to the next stands here.
type Destination struct {
	// name is the configuration's block and the metrics' attribute.
	Name string
	// site tells sites of the same API apart in a queue on disk. It is no secret.
	site string
	// endpoint is the API's base URL unless one is configured; path follows it.
	Endpoint, Path string
	// framing makes encoded visits into a request body.
	Framing Framing
	// contentType is the body's media type.
	ContentType string
	// authorize sets the header that holds the secret. It is nil if an
	// authentication extension does so.
	Authorize func(http.Header)
	// secretKey is the YAML key of that secret, for messages.
	SecretKey string
	// fields are the names of a visit's fields in this API. The text of a rejection
	// is searched for them.
	Fields []string
	// unused are the fields that make no difference to what is delivered. Nobody
	// reads their values.
	Unused visit.FieldSet
	// encode appends one visit without a line break and of at most maxVisitBytes, or
	// says why the API cannot take it.
	Encode func(dst []byte, v *visit.Visit) Encoded
}

// setSecret makes the destination send a secret, from a file if one is named,
// as the value of a header after the given scheme. Without either it sends none.
func (d *Destination) setSecret(header, scheme, secret, path string) {
	switch {
	case path != "":
		d.SecretKey += "_file"
		file := &secretFile{path: path}
		d.Authorize = func(h http.Header) { h.Set(header, scheme+file.current()) }
	case secret != "":
		d.Authorize = func(h http.Header) { h.Set(header, scheme+secret) }
	}
}

// Identity is the same for queues of this destination and site, and for no other.
func (d *Destination) Identity() string {
	if d.site == "" {
		return d.Name
	}
	return d.Name + "/" + d.site
}

// Encoded is what became of one visit.
type Encoded struct {
	Bytes []byte // the buffer with the visit appended, or as it was if skipped
	Skip  visit.SkipReason
	Cut   bool // a field was cut to its limit, or a header left out
}

// Framing makes a request body of encoded visits: open, then the visits with the
// separator between them, then end. The separator's last byte is a line break,
// which no visit contains.
type Framing struct {
	Open, Separator, End string
}

// MaxBodyBytes is the largest body for either API. Scrunch documents about 1 MB
// uncompressed for a request; Known Agents documents no limit and gets the same.
const MaxBodyBytes = 1_000_000

// BodySize is the exact size of a body. lines is the size of its visits, each
// followed by the separator.
func (f *Framing) BodySize(lines int) int {
	if lines == 0 {
		return 0
	}
	return len(f.Open) + lines - len(f.Separator) + len(f.End)
}

// Room is how many bytes of lines fit into a body of maxSize bytes.
func (f *Framing) Room(maxSize int) int {
	return max(maxSize-len(f.Open)+len(f.Separator)-len(f.End), 0)
}
