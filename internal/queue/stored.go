// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package queue

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"math"
	"slices"

	"github.com/klauspost/compress/s2"

	"github.com/agentvisits/agentvisitsexporter/internal/visit"
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// checksum is that of what follows it. In a mixed batch it covers the version too: one bit
// tells the versions apart.
func checksum(stored []byte) uint32 {
	sum := crc32.Checksum(stored[contentStart:], castagnoli)
	if stored[0] == mixedVersion {
		sum = crc32.Update(sum, castagnoli, stored[:1])
	}
	return sum
}

// seal writes the checksum.
func seal(stored []byte) []byte {
	binary.LittleEndian.PutUint32(stored[1:], checksum(stored))
	return stored
}

func isIntact(stored []byte) bool {
	return len(stored) >= contentStart && binary.LittleEndian.Uint32(stored[1:]) == checksum(stored)
}

// storedBatch is a stored batch of a version that is read, taken apart. Its parts are the
// storage's memory.
type storedBatch struct {
	version      byte
	identity     []byte // of the site; of a mixed batch the name of the API
	since, count uint64
	sections     []storedSection // of a mixed batch
	block        []byte
}

func (s *storedBatch) owner() owner {
	return owner{Identity: string(s.identity), Version: s.version}
}

// split takes a stored batch apart. It reports false if its lengths and numbers cannot
// be right.
func split(stored []byte) (s storedBatch, ok bool) {
	if len(stored) < contentStart {
		return s, false
	}
	s.version = stored[0]
	f := fields{rest: stored[contentStart:]}
	if s.version == mixedVersion {
		s.since = f.number()
		f.sections(&s)
	} else {
		s.identity, s.since, s.count = f.text(), f.number(), f.number()
	}
	s.block = f.rest
	return s, !f.bad && s.since <= math.MaxInt64 && s.count > 0 && s.count <= maxStoredBytes
}

// fields reads numbers and texts one after the other, and remembers if one is cut off.
type fields struct {
	rest []byte
	bad  bool
}

func (f *fields) number() uint64 {
	value, n := binary.Uvarint(f.rest)
	if n <= 0 {
		f.rest, f.bad = nil, true
		return 0
	}
	f.rest = f.rest[n:]
	return value
}

func (f *fields) text() []byte {
	size := f.number()
	if size > uint64(len(f.rest)) {
		f.rest, f.bad = nil, true
		return nil
	}
	text := f.rest[:size]
	f.rest = f.rest[size:]
	return text
}

// chunksOf makes chunks of the lines of a stored batch. It reports false if they are not
// those that the batch says.
func (e Encoding) chunksOf(s *storedBatch, lines []byte) (chunks []chunk, ok bool) {
	if s.version == mixedVersion {
		return e.chunksOfSections(s.sections, lines)
	}
	if !e.areVisits(lines, s.count) {
		return nil, false
	}
	return []chunk{{site: e.siteOf(s.identity), lines: slices.Clip(lines), count: int(s.count)}}, true
}

// areVisits says whether lines are so many.
func (e Encoding) areVisits(lines []byte, count uint64) bool {
	return count == uint64(bytes.Count(lines, lineBreak)) && bytes.HasSuffix(lines, []byte(e.Destination.Framing.Separator))
}

// lostVisits is how many visits are in a stored batch that cannot be sent: as many as
// can be decompressed, or as many as the batch says, if that can be true, or 1.
func (e Encoding) lostVisits(stored []byte) int {
	s, ok := split(stored)
	if !isReadable(stored[0]) || !ok {
		return 1
	}
	// A batch whose checksum is wrong can say anything. But no visit is shorter than the
	// names of its fields, and visits are not so much alike that they shrink further.
	smallest, mostBytes := len(e.Destination.Framing.Separator)+1, maxStoredBytes
	if !isIntact(stored) {
		smallest, mostBytes = 40, 64*len(s.block)
	}
	if lines, err := decompressStored(s.block, s.count); err == nil {
		return max(min(bytes.Count(lines, lineBreak), len(lines)/smallest), 1)
	}
	size, err := s2.DecodedLen(s.block)
	if err != nil || s.count > uint64(min(size, mostBytes)/smallest) || uint64(size)/visit.MaxVisitBytes > s.count {
		return 1
	}
	return int(s.count)
}

// maxStoredBytes is more than the visits of any batch take.
const maxStoredBytes = 1 << 28

// decompressStored allocates no more memory than count visits can need.
func decompressStored(block []byte, count uint64) ([]byte, error) {
	size, err := s2.DecodedLen(block)
	if err != nil || size > maxStoredBytes || uint64(size)/visit.MaxVisitBytes > count {
		return nil, errDamaged
	}
	return s2.Decode(nil, block)
}
