// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package boltfile

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// area is a part of the file.
type area struct{ at, size int64 }

// errOutside means that something would lie outside its page.
var errOutside = errors.New("it points outside itself")

// read reads size bytes that begin at from, both counted in the area.
func (a area) read(content io.ReaderAt, from, size int64) ([]byte, error) {
	if from < 0 || size < 0 || from > a.size || size > a.size-from {
		return nil, errOutside
	}
	b := make([]byte, size)
	if n, err := content.ReadAt(b, a.at+from); n < len(b) {
		return nil, err
	}
	return b, nil
}

// Kinds of pages.
const (
	branchPage   = 0x01
	leafPage     = 0x02
	freelistPage = 0x10
)

// page is a page with those that continue it. The page of a small bucket lies within
// the value of the bucket's key.
type page struct {
	area
	kind  uint16
	count int // of elements
}

// readPage reads a page of the file. Its area exists, so the file has at least as many
// bytes.
func (f *File) readPage(m meta, id uint64) (page, error) {
	if id < 2 || id >= m.pages {
		return page{}, fmt.Errorf("it is not one of the file's %d pages", m.pages)
	}
	a := area{at: int64(id) * m.pageSize, size: m.pageSize}
	header, err := a.read(f.content, 0, headerSize)
	if err != nil {
		return page{}, err
	}
	number := binary.NativeEndian
	if own := number.Uint64(header); own != id {
		return page{}, fmt.Errorf("it says that it is page %d", own)
	}
	more := uint64(number.Uint32(header[12:]))
	if more >= m.pages-id {
		return page{}, errors.New("it is longer than the file")
	}
	a.size += int64(more) * m.pageSize
	_, err = a.read(f.content, a.size-1, 1)
	return page{a, number.Uint16(header[8:]), int(number.Uint16(header[10:]))}, err
}

// inlinePage reads the page of a small bucket.
func (f *File) inlinePage(a area) (page, error) {
	header, err := a.read(f.content, 0, headerSize)
	if err != nil {
		return page{}, err
	}
	number := binary.NativeEndian
	if number.Uint64(header) != 0 {
		return page{}, errors.New("a small bucket has a page's number")
	}
	return page{a, number.Uint16(header[8:]), int(number.Uint16(header[10:]))}, nil
}

const (
	elementSize = 16
	maxKeySize  = 32 << 10
)

var errStrange = errors.New("it has an element that bbolt does not write")

// element is what a page has: a key with a value or bucket, or with the page below.
type element struct {
	key      []byte
	child    uint64 // the page below, on a branch page
	isBucket bool
	value    area
}

// elements reads all elements of a page, and calls damaged for those that cannot be
// read.
func (p page) elements(f *File, damaged func(error)) []element {
	table, err := p.read(f.content, headerSize, int64(p.count)*elementSize)
	if err != nil {
		damaged(err)
		return nil
	}
	elements := make([]element, 0, p.count)
	for i := range p.count {
		e, err := p.element(f, int64(headerSize+i*elementSize), table[i*elementSize:][:elementSize])
		if err != nil {
			damaged(err)
			continue
		}
		elements = append(elements, e)
	}
	return elements
}

// element reads an element from its entry in the page's table, which begins at from.
func (p page) element(f *File, from int64, entry []byte) (e element, err error) {
	number := binary.NativeEndian
	place, keySize := number.Uint32(entry), number.Uint32(entry[4:])
	var flags, valueSize uint32
	if p.kind == branchPage {
		e.child = number.Uint64(entry[8:])
	} else {
		flags, place, keySize, valueSize = number.Uint32(entry), number.Uint32(entry[4:]), number.Uint32(entry[8:]), number.Uint32(entry[12:])
	}
	if keySize == 0 || keySize > maxKeySize || flags > 1 {
		return e, errStrange
	}
	at := from + int64(place)
	if e.key, err = p.read(f.content, at, int64(keySize)); err != nil {
		return e, err
	}
	end := at + int64(keySize)
	if int64(valueSize) > p.size-end {
		return e, errOutside
	}
	e.isBucket, e.value = flags == 1, area{p.at + end, int64(valueSize)}
	return e, nil
}
