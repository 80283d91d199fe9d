// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

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
)

// batchEncoding is how batches stand in a persistent queue:
//
//	byte     version of the format, 2
//	4 bytes  CRC-32C of what follows, little endian
//	uvarint  length of the destination's identity, then the identity
//	uvarint  when the oldest visit came to the exporter, in Unix milliseconds
//	uvarint  number of visits
//	         the lines, compressed as one S2 block
//
// The identity keeps visits from being sent to another API or site after the
// configuration has changed. The checksum covers it too, so that no error
// takes visits for an identity and shows them.
type batchEncoding struct {
	destination *destination
	// refused is told of each stored batch that cannot be sent. The queue
	// itself would delete it in silence.
	refused func(error)
}

const (
	batchVersion = 2
	contentStart = 1 + crc32.Size
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Marshal writes a batch for storage.
func (e batchEncoding) Marshal(_ context.Context, r queueRequest) ([]byte, error) {
	b, ok := r.(*batch)
	if !ok || b == nil {
		return nil, fmt.Errorf("cannot store a request of type %T", r)
	}
	identity := e.destination.identity()
	dst := make([]byte, contentStart, contentStart+len(identity)+3*binary.MaxVarintLen64)
	dst[0] = batchVersion
	dst = binary.AppendUvarint(dst, uint64(len(identity)))
	dst = append(dst, identity...)
	dst = binary.AppendUvarint(dst, uint64(b.since))
	dst = binary.AppendUvarint(dst, uint64(b.count))
	dst = appendCompressed(dst, b.joined())
	binary.LittleEndian.PutUint32(dst[1:], crc32.Checksum(dst[contentStart:], castagnoli))
	return dst, nil
}

// joined is the lines of all chunks. They stay the batch's.
func (b *batch) joined() []byte {
	if len(b.chunks) == 1 {
		return b.chunks[0].lines
	}
	lines := make([]byte, 0, b.size)
	for _, c := range b.chunks {
		lines = append(lines, c.lines...)
	}
	return lines
}

// Unmarshal reads a batch from storage. What cannot be read, or belongs to
// another destination, is refused with an error and reported. Where the queue
// could not put a batch it finds nothing; that was reported then.
func (e batchEncoding) Unmarshal(stored []byte) (context.Context, queueRequest, error) {
	if len(stored) == 0 {
		return context.Background(), nil, errEmpty
	}
	b, err := e.read(stored)
	if err != nil {
		e.refused(err)
		return context.Background(), nil, err
	}
	return context.Background(), b, nil
}

// errEmpty is the fault of a place in the queue that holds nothing.
var errEmpty = errors.New("stored batch is empty")

// errDamaged is the fault of a stored batch that is not as it was written.
var errDamaged = errors.New("stored batch is damaged or cut off")

func (e batchEncoding) read(stored []byte) (*batch, error) {
	if stored[0] != batchVersion {
		return nil, fmt.Errorf("stored batch has format version %d, this exporter reads version %d", stored[0], batchVersion)
	}
	if len(stored) < contentStart || binary.LittleEndian.Uint32(stored[1:]) != crc32.Checksum(stored[contentStart:], castagnoli) {
		return nil, errDamaged
	}
	size, n := binary.Uvarint(stored[contentStart:])
	rest := stored[contentStart+max(n, 0):]
	if n <= 0 || size > uint64(len(rest)) {
		return nil, errDamaged
	}
	if identity := string(rest[:size]); identity != e.destination.identity() {
		return nil, fmt.Errorf("stored batch is for %q, this exporter sends to %q", identity, e.destination.identity())
	}
	rest = rest[size:]
	since, sinceSize := binary.Uvarint(rest)
	count, countSize := binary.Uvarint(rest[max(sinceSize, 0):])
	if sinceSize <= 0 || since > math.MaxInt64 || countSize <= 0 || count == 0 {
		return nil, errDamaged
	}
	lines, err := unpackStored(rest[sinceSize+countSize:], count)
	separator := []byte(e.destination.framing.separator)
	if err != nil || count != uint64(bytes.Count(lines, lineBreak)) || !bytes.HasSuffix(lines, separator) {
		return nil, errDamaged
	}
	return batchOf(&e.destination.framing, chunk{lines: slices.Clip(lines), count: int(count)}, int64(since)), nil
}

// maxStoredBytes is more than the visits of any payload have.
const maxStoredBytes = 1 << 28

// unpackStored asks for no more memory than count visits can need.
func unpackStored(packed []byte, count uint64) ([]byte, error) {
	size, err := s2.DecodedLen(packed)
	if err != nil || size > maxStoredBytes || uint64(size)/maxVisitBytes > count {
		return nil, errDamaged
	}
	return s2.Decode(nil, packed)
}
