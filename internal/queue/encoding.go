// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package queue

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"math"
	"slices"

	"github.com/klauspost/compress/s2"

	"github.com/agentvisits/agentvisitsexporter/internal/destination"
	"github.com/agentvisits/agentvisitsexporter/internal/visit"
)

// Encoding is the form of batches in a queue on disk:
//
//	byte     version of the format, 2
//	4 bytes  CRC-32C of what follows, little endian
//	uvarint  length of the destination's identity, then the identity
//	uvarint  when the oldest visit came to the exporter, in Unix milliseconds
//	uvarint  number of visits
//	         the lines, compressed as one S2 block
//
// The identity prevents visits from being sent to another API or site after the
// configuration has changed; see set_aside.go. The checksum covers the identity too:
// otherwise a damaged batch could have visits where the identity should be, and they
// would be logged.
type Encoding struct {
	Destination *destination.Destination
	// Unreadable is told of each stored batch that cannot be sent, and how many visits
	// it has. The queue would delete it without a word.
	Unreadable func(err error, visits int)
}

const (
	batchVersion = 2
	contentStart = 1 + crc32.Size
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Marshal writes a batch for storage.
func (e Encoding) Marshal(_ context.Context, r Request) ([]byte, error) {
	b, ok := r.(*Batch)
	if !ok || b == nil {
		return nil, fmt.Errorf("cannot store a request of type %T", r)
	}
	identity := e.Destination.Identity()
	dst := make([]byte, contentStart, contentStart+len(identity)+3*binary.MaxVarintLen64)
	dst[0] = batchVersion
	dst = binary.AppendUvarint(dst, uint64(len(identity)))
	dst = append(dst, identity...)
	dst = binary.AppendUvarint(dst, uint64(b.Since))
	dst = binary.AppendUvarint(dst, uint64(b.Count))
	dst = appendCompressed(dst, b.joined())
	binary.LittleEndian.PutUint32(dst[1:], checksum(dst))
	return dst, nil
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

func checksum(stored []byte) uint32 { return crc32.Checksum(stored[contentStart:], castagnoli) }

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
	if stored[0] != batchVersion {
		return nil, fmt.Errorf("stored batch has format version %d, this exporter reads version %d", stored[0], batchVersion)
	}
	s, ok := split(stored)
	if !ok || !isIntact(stored) {
		return nil, errDamaged
	}
	if string(s.identity) != e.Destination.Identity() {
		return nil, fmt.Errorf("stored batch is for %q, this exporter sends to %q", s.identity, e.Destination.Identity())
	}
	lines, err := decompressStored(s.block, s.count)
	separator := []byte(e.Destination.Framing.Separator)
	if err != nil || s.count != uint64(bytes.Count(lines, lineBreak)) || !bytes.HasSuffix(lines, separator) {
		return nil, errDamaged
	}
	return batchOf(&e.Destination.Framing, chunk{lines: slices.Clip(lines), count: int(s.count)}, int64(s.since)), nil
}

// storedBatch is a stored batch of our version, taken apart. Its parts are the
// storage's memory.
type storedBatch struct {
	identity     []byte
	since, count uint64
	block        []byte
}

// split takes a stored batch apart. It reports false if its lengths and numbers cannot
// be right.
func split(stored []byte) (s storedBatch, ok bool) {
	if len(stored) < contentStart {
		return s, false
	}
	rest := stored[contentStart:]
	size, n := binary.Uvarint(rest)
	if n <= 0 || size > uint64(len(rest)-n) {
		return s, false
	}
	s.identity, rest = rest[n:n+int(size)], rest[n+int(size):]
	var sinceSize, countSize int
	s.since, sinceSize = binary.Uvarint(rest)
	s.count, countSize = binary.Uvarint(rest[max(sinceSize, 0):])
	if sinceSize <= 0 || s.since > math.MaxInt64 || countSize <= 0 || s.count == 0 || s.count > maxStoredBytes {
		return s, false
	}
	s.block = rest[sinceSize+countSize:]
	return s, true
}

func isIntact(stored []byte) bool {
	return len(stored) >= contentStart && binary.LittleEndian.Uint32(stored[1:]) == checksum(stored)
}

// owner says who can send a stored batch, how many visits it has, and whether it is
// ours. A damaged batch is ours: read says what is wrong with it. A batch of another
// version counts as one visit, because nothing else is known of it.
func (e Encoding) owner(stored []byte) (o owner, visits int, ours bool) {
	if stored[0] != batchVersion {
		return owner{Version: stored[0]}, 1, false
	}
	o = owner{Version: batchVersion, Identity: e.Destination.Identity()}
	s, ok := split(stored)
	if !ok {
		return o, 1, true
	}
	if string(s.identity) != o.Identity && isIntact(stored) {
		o.Identity = string(s.identity)
		return o, int(s.count), false
	}
	return o, int(s.count), true
}

// lostVisits is how many visits are in a stored batch that cannot be sent: as many as
// can be decompressed, or as many as the batch says, if that can be true, or 1.
func (e Encoding) lostVisits(stored []byte) int {
	s, ok := split(stored)
	if stored[0] != batchVersion || !ok {
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
