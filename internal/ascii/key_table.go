// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package ascii

import (
	"math/bits"
)

// Table finds the value of a key at a third of the cost of a map. It is made
// once, of all its keys: the keys of attributes are known in advance, and one is
// looked up for every attribute of every item.
//
// It is a hash table with open addressing whose slots are at most half full.
type Table[V any] struct {
	slots []KeyValue[V] // their number is a power of two
	shift uint8         // reduces a hash to the number of a slot
}

// KeyValue is a key with its value, or a free slot if the key is empty.
type KeyValue[V any] struct {
	Key   string
	Value V
}

// NewTable leaves an empty key out.
func NewTable[V any](m map[string]V) *Table[V] {
	width := bits.Len(uint(2 * len(m)))
	t := &Table[V]{slots: make([]KeyValue[V], 1<<width), shift: uint8(64 - width)}
	for key, value := range m {
		if key == "" {
			continue
		}
		i := hashOf(key) >> t.shift
		for t.slots[i].Key != "" {
			i = (i + 1) % uint64(len(t.slots))
		}
		t.slots[i] = KeyValue[V]{key, value}
	}
	return t
}

// Find returns the entry of a key, or nil.
func Find[V any, K string | []byte](t *Table[V], key K) *KeyValue[V] {
	last := uint64(len(t.slots) - 1)
	for i := hashOf(key) >> t.shift; ; i++ {
		switch e := &t.slots[i&last]; {
		case e.Key == "":
			return nil
		case len(e.Key) == len(key) && e.Key == string(key):
			return e
		}
	}
}

// hashOf mixes the length of a key with its first and last eight bytes. Keys
// that differ only between them share a chain of slots. A chain has no more
// slots than the table has keys, whatever keys strangers send.
func hashOf[K string | []byte](key K) uint64 {
	n := len(key)
	var first, last uint64
	switch {
	case n >= 8:
		first, last = EightBytes(key, 0), EightBytes(key, n-8)
	case n >= 4:
		first, last = fourBytes(key, 0), fourBytes(key, n-4)
	case n > 0:
		first, last = uint64(key[0]), uint64(key[n/2])<<8|uint64(key[n-1])
	}
	return (first ^ bits.RotateLeft64(last, 28) ^ uint64(n)<<59) * 0x9e3779b97f4a7c15
}
