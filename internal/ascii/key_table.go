// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package ascii

import (
	"math/bits"
)

// Table finds the value of a key at a third of the cost of a map. All keys are given
// when it is made. It suits attribute keys: the known ones are fixed, and every
// attribute of every item is looked up.
//
// It is a hash table with open addressing. At most half of its slots are in use.
type Table[V any] struct {
	slots []KeyValue[V] // a power of two of them
	shift uint8         // turns a hash into the index of a slot
}

// KeyValue is a key with its value. In a free slot the key is empty.
type KeyValue[V any] struct {
	Key   string
	Value V
}

// NewTable returns a table of the keys and values in m. An empty key is left out.
func NewTable[V any](m map[string]V) *Table[V] {
	width := bits.Len(uint(2 * len(m)))
	t := &Table[V]{slots: make([]KeyValue[V], 1<<width), shift: uint8(64 - width)}
	for key, value := range m {
		if key == "" {
			continue
		}
		i := HashOf(key) >> t.shift
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
	for i := HashOf(key) >> t.shift; ; i++ {
		switch e := &t.slots[i&last]; {
		case e.Key == "":
			return nil
		case len(e.Key) == len(key) && e.Key == string(key):
			return e
		}
	}
}

// HashOf mixes the length of a key with its first and last eight bytes. Keys that
// differ only in the bytes between share a chain of slots. Keys that strangers send
// are looked up but never added, so they cannot make a chain longer.
func HashOf[K string | []byte](key K) uint64 {
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
