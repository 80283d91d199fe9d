// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import "math/bits"

// keyTable finds a key's meaning. It is the same as a map, at a third of the
// cost: an attribute's key is looked up for every attribute of every item, and
// all keys are known when the table is made.
//
// It is a hash table with open addressing whose slots are at most half full.
type keyTable struct {
	slots []meaning // free if the key is empty; their number is a power of two
	shift uint8     // leaves of a hash the number of a slot
}

func newKeyTable(m meanings) *keyTable {
	width := bits.Len(uint(2 * len(m)))
	t := &keyTable{slots: make([]meaning, 1<<width), shift: uint8(64 - width)}
	for key, a := range m {
		if key == "" {
			continue
		}
		i := hashOf(key) >> t.shift
		for t.slots[i].key != "" {
			i = (i + 1) % uint64(len(t.slots))
		}
		a.key = key
		t.slots[i] = a
	}
	return t
}

// find returns nil for a key that means nothing.
func find[K string | []byte](t *keyTable, key K) *meaning {
	last := uint64(len(t.slots) - 1)
	for i := hashOf(key) >> t.shift; ; i++ {
		switch s := &t.slots[i&last]; {
		case s.key == "":
			return nil
		case len(s.key) == len(key) && s.key == string(key):
			return s
		}
	}
}

// hashOf mixes the length of a key with its first and last eight bytes. Keys
// that differ only between them share a chain of slots, which is never longer
// than the keys that are known, whatever keys strangers send.
func hashOf[K string | []byte](key K) uint64 {
	n := len(key)
	var first, last uint64
	switch {
	case n >= 8:
		first, last = eightBytes(key, 0), eightBytes(key, n-8)
	case n >= 4:
		first, last = fourBytes(key, 0), fourBytes(key, n-4)
	case n > 0:
		first, last = uint64(key[0]), uint64(key[n/2])<<8|uint64(key[n-1])
	}
	return (first ^ bits.RotateLeft64(last, 28) ^ uint64(n)<<59) * 0x9e3779b97f4a7c15
}
