// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package boltfile

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"slices"
)

// Faults of a whole file.
var (
	// ErrVersion means that another version of bbolt wrote the file. It may be whole.
	ErrVersion = errors.New("the file has another version of bbolt's format")
	// ErrNoRoot means that both of the pages from which everything is found are damaged.
	ErrNoRoot = errors.New("neither of the file's first two pages can be read")
)

// File is a file of bbolt that nobody writes meanwhile.
type File struct {
	content io.ReaderAt
	metas   []meta // the newest first
}

// meta says where the tree of a transaction begins.
type meta struct {
	pageSize    int64
	root        uint64 // page of the root bucket
	freelist    uint64
	pages       uint64 // how many pages the file has
	transaction uint64
}

const (
	magic      = 0xED0CDAED
	version    = 2
	noFreelist = ^uint64(0)

	headerSize = 16 // of a page
	metaSize   = 64
	// Pages have at least minPageSize and at most maxPageSize bytes.
	minPageSize = 1 << 10
	maxPageSize = 1 << 24
)

// Open finds the trees of the last two transactions.
func Open(content io.ReaderAt) (*File, error) {
	f := &File{content: content}
	var other error
	for at := int64(0); at <= maxPageSize; at = max(2*at, minPageSize) {
		m, err := readMeta(content, at)
		switch {
		case errors.Is(err, ErrVersion):
			other = err
		case err == nil && (at == 0 || at == m.pageSize):
			f.metas = append(f.metas, m)
		}
	}
	if len(f.metas) == 0 {
		return nil, cmp.Or(other, ErrNoRoot)
	}
	slices.SortFunc(f.metas, func(a, b meta) int { return cmp.Compare(b.transaction, a.transaction) })
	return f, nil
}

// readMeta reads the first or second page, at the given offset.
func readMeta(content io.ReaderAt, at int64) (m meta, err error) {
	var stored [metaSize]byte
	if _, err := content.ReadAt(stored[:], at+headerSize); err != nil {
		return m, err
	}
	number := binary.NativeEndian
	if number.Uint32(stored[:]) != magic {
		return m, errors.New("it has no magic number")
	}
	if number.Uint32(stored[4:]) != version {
		return m, ErrVersion
	}
	hash := fnv.New64a()
	_, _ = hash.Write(stored[:metaSize-8])
	if hash.Sum64() != number.Uint64(stored[metaSize-8:]) {
		return m, errors.New("its checksum does not match")
	}
	m = meta{
		pageSize: int64(number.Uint32(stored[8:])), root: number.Uint64(stored[16:]), freelist: number.Uint64(stored[32:]),
		pages: number.Uint64(stored[40:]), transaction: number.Uint64(stored[48:]),
	}
	if m.pageSize < minPageSize || m.pageSize > maxPageSize || m.pages > 1<<40 {
		return m, fmt.Errorf("it has %d pages of %d bytes", m.pages, m.pageSize)
	}
	return m, nil
}

// Check is nil if bbolt can open and use the file. Otherwise it says what is the first
// damage. It reads pages and keys, but no values: bbolt does not interpret them.
func (f *File) Check() error { return f.Walk(0, func(Pair) {}) }

// Transactions is how many trees can be walked: that of the last transaction, and that
// of the one before unless it is damaged.
func (f *File) Transactions() int { return len(f.metas) }

// Pair is a key with its value.
type Pair struct {
	Key   []byte
	value area
}

// Size is how many bytes the value has.
func (p Pair) Size() int64 { return p.value.size }

// Value reads a value. It can be damaged without an error.
func (f *File) Value(p Pair) ([]byte, error) { return p.value.read(f.content, 0, p.value.size) }
