// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package queue

import (
	"encoding/binary"
	"slices"
	"strings"
	"sync"

	"github.com/agentvisits/agentvisitsexporter/internal/destination"
)

// A batch of several sites is stored so, with the sites in the order in which they come
// first:
//
//	byte     version of the format, 3
//	4 bytes  CRC-32C of what follows and of the version, little endian
//	uvarint  when the oldest visit came to the exporter, in Unix milliseconds
//	uvarint  number of sections, one for each site; then of each section:
//	  uvarint  length of the site's identity, then the identity
//	  uvarint  number of visits
//	  uvarint  length of their lines, in bytes
//	         the lines of all sections, compressed as one S2 block
//
// One block for all is smaller than one for each: visits of different sites are alike.

// marshalMixed writes a batch of several sites.
func marshalMixed(b *Batch) []byte {
	parts := b.BySite()
	dst := make([]byte, contentStart, 64*(len(parts)+1))
	dst[0] = mixedVersion
	dst = binary.AppendUvarint(dst, uint64(b.Since))
	dst = binary.AppendUvarint(dst, uint64(len(parts)))
	lines := make([]byte, 0, b.size)
	for _, part := range parts {
		identity := part.Site().Identity()
		dst = binary.AppendUvarint(dst, uint64(len(identity)))
		dst = append(dst, identity...)
		dst = binary.AppendUvarint(dst, uint64(part.Count))
		dst = binary.AppendUvarint(dst, uint64(part.size))
		for _, c := range part.chunks {
			lines = append(lines, c.lines...)
		}
	}
	return seal(appendCompressed(dst, lines))
}

// storedSection is the visits of one site in a stored batch.
type storedSection struct {
	identity    []byte
	count, size uint64
}

// leastSection is how many bytes a section takes at least.
const leastSection = 4

// sections reads the sections of a mixed batch, which are all of one API.
func (f *fields) sections(s *storedBatch) {
	n := f.number()
	if n == 0 || n > uint64(len(f.rest)/leastSection) {
		f.bad = true
		return
	}
	s.sections = make([]storedSection, n)
	size := uint64(0)
	for i := range s.sections {
		section := storedSection{identity: f.text(), count: f.number(), size: f.number()}
		api := apiOf(section.identity)
		if i == 0 {
			s.identity = api
		}
		if len(api) == 0 || string(api) != string(s.identity) || section.count == 0 || section.count > section.size || section.size > maxStoredBytes-size {
			f.bad = true
			return
		}
		s.sections[i], s.count, size = section, s.count+section.count, size+section.size
	}
}

// chunksOfSections cuts the lines of a mixed batch.
func (e Encoding) chunksOfSections(sections []storedSection, lines []byte) (chunks []chunk, ok bool) {
	chunks = make([]chunk, 0, len(sections))
	for _, s := range sections {
		if s.size > uint64(len(lines)) || !e.areVisits(lines[:s.size], s.count) {
			return nil, false
		}
		chunks = append(chunks, chunk{site: e.siteOf(s.identity), lines: slices.Clip(lines[:s.size]), count: int(s.count)})
		lines = lines[s.size:]
	}
	return chunks, len(lines) == 0
}

// apiOf is the name of the API in a site's identity.
func apiOf[T string | []byte](identity T) T {
	if i := strings.IndexByte(string(identity), '/'); i >= 0 {
		return identity[:i]
	}
	return identity
}

// strangers are the handles of sites that only stored batches name.
type strangers struct {
	mu      sync.Mutex
	handles map[string]*destination.Site
}

func newStrangers() *strangers { return &strangers{handles: map[string]*destination.Site{}} }

// handle is the same for the same identity.
func (s *strangers) handle(identity string) *destination.Site {
	s.mu.Lock()
	defer s.mu.Unlock()
	site := s.handles[identity]
	if site == nil {
		site = destination.UnknownSite(identity)
		s.handles[identity] = site
	}
	return site
}
