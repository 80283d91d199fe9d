// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package queue

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"

	"github.com/agentvisits/agentvisitsexporter/internal/destination"
)

// Encoding is the form of batches in a queue on disk. A batch of one site is:
//
//	byte     version of the format, 2
//	4 bytes  CRC-32C of what follows, little endian
//	uvarint  length of the site's identity, then the identity
//	uvarint  when the oldest visit came to the exporter, in Unix milliseconds
//	uvarint  number of visits
//	         the lines, compressed as one S2 block
//
// The identity prevents visits from being sent to another API or site after the
// configuration has changed; see set_aside.go. The checksum covers the identity too:
// otherwise a damaged batch could have visits where the identity should be, and they
// would be logged. For batches of several sites see stored_mixed.go.
type Encoding struct {
	// Destination is the API of all sites. Its name and framing count.
	Destination *destination.Destination
	// Site is the site of all visits, or nil if the exporter has several.
	Site *destination.Site
	// Unreadable is told of each stored batch that cannot be sent, and how many visits
	// it has. The queue would delete it without a word.
	Unreadable func(err error, visits int)

	sites     Sites // finds one of several
	strangers *strangers
}

// Sites finds the sites of an exporter that has several.
type Sites interface {
	// Find is the site with an identity, or nil if there is none. A site that was removed
	// may be found, and has no destination.
	Find(identity string) *destination.Site
}

// NewEncoding is the encoding for an exporter with one site.
func NewEncoding(site *destination.Site, unreadable func(err error, visits int)) Encoding {
	return Encoding{Destination: site.Destination(), Site: site, Unreadable: unreadable}
}

// NewSitesEncoding is the encoding for an exporter with any number of sites of one API.
// Stored visits of a site that it does not find come with a handle that has no
// destination. Those of another API are set aside.
func NewSitesEncoding(api *destination.Destination, sites Sites, unreadable func(err error, visits int)) Encoding {
	return Encoding{Destination: api, Unreadable: unreadable, sites: sites, strangers: newStrangers()}
}

const (
	batchVersion = 2
	mixedVersion = 3 // a batch of several sites
	contentStart = 1 + crc32.Size
)

// isReadable says whether this exporter can read a version.
func isReadable(version byte) bool { return version == batchVersion || version == mixedVersion }

// Marshal writes a batch for storage.
func (e Encoding) Marshal(_ context.Context, r Request) ([]byte, error) {
	b, ok := r.(*Batch)
	if !ok || b == nil {
		return nil, fmt.Errorf("cannot store a request of type %T", r)
	}
	site := e.Site
	if site == nil {
		site = b.Site()
	}
	switch {
	case site == nil:
		return nil, errors.New("cannot store a batch without a site")
	case e.Site == nil && b.isMixed():
		return marshalMixed(b), nil
	}
	identity := site.Identity()
	dst := make([]byte, contentStart, contentStart+len(identity)+3*binary.MaxVarintLen64)
	dst[0] = batchVersion
	dst = binary.AppendUvarint(dst, uint64(len(identity)))
	dst = append(dst, identity...)
	dst = binary.AppendUvarint(dst, uint64(b.Since))
	dst = binary.AppendUvarint(dst, uint64(b.Count))
	return seal(appendCompressed(dst, b.joined())), nil
}

// joined is the lines of all chunks. They may be the batch's own memory.
func (b *Batch) joined() []byte {
	if len(b.chunks) == 1 {
		return b.chunks[0].lines
	}
	lines := make([]byte, 0, b.size)
	for _, c := range b.chunks {
		lines = append(lines, c.lines...)
	}
	return lines
}

// Unmarshal reads a batch from storage. If the batch cannot be read, or is for another
// destination, Unmarshal fails and reports it. If the place in the queue is empty,
// Unmarshal fails and reports nothing: the batch was counted when it could not be put,
// or is set aside.
func (e Encoding) Unmarshal(stored []byte) (context.Context, Request, error) {
	if len(stored) == 0 {
		return context.Background(), nil, errEmpty
	}
	b, err := e.read(stored)
	if err != nil {
		e.Unreadable(err, e.lostVisits(stored))
		return context.Background(), nil, err
	}
	return context.Background(), b, nil
}

var (
	errEmpty   = errors.New("stored batch is empty")
	errDamaged = errors.New("stored batch is damaged or cut off")
)

// read reads a batch that this exporter can send.
func (e Encoding) read(stored []byte) (*Batch, error) {
	if !isReadable(stored[0]) {
		return nil, fmt.Errorf("stored batch has format version %d, this exporter reads versions %d and %d", stored[0], batchVersion, mixedVersion)
	}
	s, ok := split(stored)
	if !ok || !isIntact(stored) {
		return nil, errDamaged
	}
	if !e.sends(s.owner()) {
		return nil, fmt.Errorf("stored batch is for %q, this exporter sends to %q", s.identity, e.identity())
	}
	lines, err := decompressStored(s.block, s.count)
	if err != nil {
		return nil, errDamaged
	}
	b := &Batch{Framing: &e.Destination.Framing, size: len(lines), Count: int(s.count), Since: int64(s.since)}
	if b.chunks, ok = e.chunksOf(&s, lines); !ok {
		return nil, errDamaged
	}
	return b, nil
}

// siteOf is the site with an identity, or a handle that has no destination.
func (e Encoding) siteOf(identity []byte) *destination.Site {
	if e.Site != nil {
		return e.Site
	}
	if site := e.sites.Find(string(identity)); site != nil {
		return site
	}
	return e.strangers.handle(string(identity))
}

// identity is what this exporter sends for: a site, or all sites of an API.
func (e Encoding) identity() string {
	if e.Site != nil {
		return e.Site.Identity()
	}
	return e.Destination.Name
}

// sends says whether this exporter sends an owner's batches, or delivery keeps them for a
// site that it does not know.
func (e Encoding) sends(o owner) bool {
	if e.Site != nil {
		return o == owner{Identity: e.Site.Identity(), Version: batchVersion}
	}
	return isReadable(o.Version) && apiOf(o.Identity) == e.Destination.Name
}

// owner says who can send a stored batch, how many visits it has, and whether it is
// ours. A damaged batch is ours: read says what is wrong with it. A batch of another
// version counts as one visit, because nothing else is known of it.
func (e Encoding) owner(stored []byte) (o owner, visits int, ours bool) {
	if !isReadable(stored[0]) {
		return owner{Version: stored[0]}, 1, false
	}
	s, ok := split(stored)
	switch {
	case !ok:
		return owner{Identity: e.identity(), Version: batchVersion}, 1, true
	case !isIntact(stored):
		return owner{Identity: e.identity(), Version: batchVersion}, int(s.count), true
	}
	return s.owner(), int(s.count), e.sends(s.owner())
}
