// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package destination

import (
	"net/http"

	"github.com/agentvisits/agentvisitsexporter/internal/visit"
)

// Destination is one of the APIs that visits can be delivered to. It holds everything
// in which they differ.
type Destination struct {
	// Name is the YAML key of the configuration's block, and a value of the metrics'
	// attribute.
	Name string
	// site tells sites, or projects, of the same API apart in a queue on disk. It is not a
	// secret.
	site string
	// secretSelectsSite says that only the secret tells the API whose visits they are.
	secretSelectsSite bool
	// Endpoint is the base URL of the API, unless another is configured. Path follows
	// it.
	Endpoint, Path string
	// Framing makes a request body of encoded visits.
	Framing Framing
	// ContentType is the body's media type.
	ContentType string
	// Authorize sets the header that holds the secret. It is nil if an authentication
	// extension does so.
	Authorize func(http.Header)
	// secretHeader is the header that holds the secret, after secretScheme.
	secretHeader, secretScheme string
	// secretFile is what Authorize reads, or nil if the secret is in no file.
	secretFile *secretFile
	// SecretKey is the YAML key of the secret, for messages.
	SecretKey string
	// Fields are the names of a visit's fields in this API. Delivery looks for them in
	// the text of a rejection.
	Fields []string
	// Unused are the fields that make no difference to what is delivered. Translation
	// does not read their values.
	Unused visit.FieldSet
	// Encode appends one visit, without a line break and of at most
	// visit.MaxVisitBytes, or says why the API cannot take it.
	Encode func(dst []byte, v *visit.Visit) Encoded
}

// Identity is what batches on disk are marked with. Each destination and site has its
// own.
func (d *Destination) Identity() string {
	if d.site == "" {
		return d.Name
	}
	return d.Name + "/" + d.site
}

// EncodeLine appends one visit with the separator. It reports false, and appends nothing, if
// the API cannot take the visit.
func (d *Destination) EncodeLine(dst []byte, v *visit.Visit) (_ []byte, ok bool) {
	e := d.Encode(dst, v)
	if e.Skip != visit.NotSkipped {
		return e.Bytes, false
	}
	return append(e.Bytes, d.Framing.Separator...), true
}

// SiteKeys are the keys that tell sites of the same API apart, by the name of the
// destination.
var SiteKeys = map[string]string{knownAgentsName: "project", scrunchName: "site_id"}

// Encoded is what became of one visit.
type Encoded struct {
	Bytes []byte // the buffer with the visit appended, or as it was if skipped
	Skip  visit.SkipReason
	Cut   bool // a field was cut to its limit, or a header left out
}

// Framing makes a request body of encoded visits: Open, then the visits with
// Separator between them, then End. The last byte of Separator is a line break, which
// no visit contains.
type Framing struct {
	Open, Separator, End string
}

// MaxBodyBytes is the largest body for any API. Scrunch documents a limit of about
// 1 MB, uncompressed. Known Agents documents none and gets the same.
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
