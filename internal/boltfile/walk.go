// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package boltfile

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
)

// Walk calls visit for each key and value in the tree of the last transaction (age 0)
// or of the one before (age 1), in any bucket. Damaged pages are left out, with all that
// is found only by way of them. Walk returns the first damage, or nil if there is none.
func (f *File) Walk(age int, visit func(Pair)) error {
	m := f.metas[age]
	w := &walker{file: f, meta: m, visit: visit}
	w.tree(m.root, place{})
	w.freelist()
	return w.damage
}

// walker goes through the tree of a transaction.
type walker struct {
	file   *File
	meta   meta
	visit  func(Pair)
	seen   []uint64 // a bit for each page of the tree
	damage error    // the first
}

// place is where a page is in the tree: below so many pages, in so many buckets. Its
// keys lie from min on and below max, where nil is no limit.
type place struct {
	min, max       []byte
	depth, buckets int
}

// maxDepth is more than any tree has.
const maxDepth = 64

func (w *walker) damaged(id uint64, err error) {
	if w.damage == nil && err != nil {
		w.damage = fmt.Errorf("page %d: %w", id, err)
	}
}

// tree walks through a page of the file and what is below it.
func (w *walker) tree(id uint64, at place) {
	p, err := w.file.readPage(w.meta, id)
	if err == nil && (at.depth > maxDepth || !w.see(id, uint64(p.size/w.meta.pageSize))) {
		err = errors.New("it is found twice")
	}
	if err != nil {
		w.damaged(id, err)
		return
	}
	at.depth++
	w.elements(id, p, at)
}

// see reports false if one of the pages was seen before.
func (w *walker) see(from, count uint64) bool {
	for id := from; id < from+count; id++ {
		for uint64(len(w.seen)) <= id/64 {
			w.seen = append(w.seen, 0)
		}
		if bit := uint64(1) << (id % 64); w.seen[id/64]&bit == 0 {
			w.seen[id/64] |= bit
		} else {
			return false
		}
	}
	return true
}

// elements walks through the elements of a page.
func (w *walker) elements(id uint64, p page, at place) {
	if p.kind != branchPage && p.kind != leafPage || p.kind == branchPage && p.count == 0 {
		w.damaged(id, fmt.Errorf("it has %d elements of kind %#x", p.count, p.kind))
		return
	}
	elements := w.inOrder(id, p.elements(w.file, func(err error) { w.damaged(id, err) }), at)
	for i, e := range elements {
		switch {
		case p.kind == branchPage:
			below := place{min: e.key, max: at.max, depth: at.depth, buckets: at.buckets}
			if i+1 < len(elements) {
				below.max = elements[i+1].key
			}
			w.tree(e.child, below)
		case e.isBucket && at.buckets < maxDepth:
			w.bucket(id, e.value, place{depth: at.depth, buckets: at.buckets + 1})
		case e.isBucket || at.buckets == 0:
			w.damaged(id, errStrange)
		default:
			w.visit(Pair{Key: e.key, value: e.value})
		}
	}
}

// inOrder leaves out the elements whose keys are not in order.
func (w *walker) inOrder(id uint64, elements []element, at place) []element {
	kept := elements[:0]
	previous := at.min
	for i, e := range elements {
		order := bytes.Compare(e.key, previous)
		if previous != nil && (order < 0 || order == 0 && len(kept) > 0) || at.max != nil && bytes.Compare(e.key, at.max) >= 0 {
			w.damaged(id, fmt.Errorf("key %d is not in order", i))
			continue
		}
		kept, previous = append(kept, e), e.key
	}
	return kept
}

// bucket walks through a bucket, whose value says where its first page is. A small one
// has it in the value.
func (w *walker) bucket(id uint64, value area, at place) {
	const bucketSize = 16 // the page and a sequence number
	header, err := value.read(w.file.content, 0, bucketSize)
	if err != nil {
		w.damaged(id, err)
		return
	}
	if root := binary.NativeEndian.Uint64(header); root != 0 {
		w.tree(root, at)
		return
	}
	p, err := w.file.inlinePage(area{value.at + bucketSize, value.size - bucketSize})
	switch {
	case err != nil:
		w.damaged(id, err)
	case p.kind != leafPage:
		w.damaged(id, errors.New("a small bucket is no leaf"))
	default:
		w.elements(id, p, at)
	}
}

// freelist checks the list of free pages. file_storage does not write one, except in a
// file that is new.
func (w *walker) freelist() {
	if w.meta.freelist == noFreelist {
		return
	}
	p, err := w.file.readPage(w.meta, w.meta.freelist)
	if err == nil && p.kind != freelistPage {
		err = errors.New("it is no list of free pages")
	}
	w.damaged(w.meta.freelist, err)
}
