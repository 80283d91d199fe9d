// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package translate

import (
	"cmp"
	"math/bits"
	"strings"

	"github.com/agentvisits/agentvisitsexporter/internal/ascii"
	"github.com/agentvisits/agentvisitsexporter/internal/mapping"
)

// keys remember what was found out about the keys of items, from one payload to the next.
type keys struct {
	order   [256]knownKey // the latest keys at the first places of items
	passing [4]uint64     // the places in order whose key is in memory of the payload, as bits
	moved   int           // keys of the payload that stood elsewhere in the item before

	byHash [1 << hashBits]knownKey // keys that came, each in the slot of its hash
	other  knownKey                // the latest key for which byHash has no room
}

const hashBits = 10

// knownKey is a key with what it says.
type knownKey struct {
	key        string
	mapping    *mapping.Mapping // nil if the key says nothing
	maySign    bool             // the key may show where the request's map is; see wrapper
	isBorrowed bool             // the text is in memory of the payload
}

// maxMoved is how often in a payload another key is remembered for a place. More is of
// no use, because some producers write keys in random order.
const maxMoved = 256

// maxCopiedBytes is the length of the longest key that is copied.
const maxCopiedBytes = 96

// findInOrder finds what a key says that is the item's with the given number, or of a
// nested map. It remembers the item's key for this place, because most items have the
// same keys in the same order.
func (t *Translator) findInOrder(at int, key string) (m *mapping.Mapping, maySign bool) {
	if t.wrapper.isRead || len(t.prefix) > 0 {
		m = lookup(t, key)
		return m, isSignOfRequest(m, key)
	}
	k := &t.keys.byHash[ascii.HashOf(key)>>(64-hashBits)]
	if k.key != key {
		k = t.learn(k, key)
	}
	if at < len(t.keys.order) && t.keys.moved < maxMoved {
		t.keys.place(at, k)
	}
	return k.mapping, k.maySign
}

// learn finds out what a key says, and remembers it in the key's slot if that is free. What
// came first stays: whoever sends new keys all the time makes others slower, and takes no
// memory. The result is valid until the next call.
func (t *Translator) learn(slot *knownKey, key string) *knownKey {
	m, known := mapping.Find(t.rules.keys, key)
	if m != nil && m.SaysNothing() {
		m = nil
	}
	isFree := slot.key == "" && len(key) <= maxCopiedBytes
	if isFree && known == "" {
		known = strings.Clone(key)
	}
	if !isFree {
		slot = &t.keys.other
	}
	*slot = knownKey{cmp.Or(known, key), m, isSignOfRequest(m, key) && hasDot(key), known == ""}
	return slot
}

// place remembers a key for a place.
func (k *keys) place(at int, key *knownKey) {
	k.moved++
	k.order[at] = *key
	k.passing[at/64] &^= 1 << (at % 64)
	if key.isBorrowed {
		k.passing[at/64] |= 1 << (at % 64)
	}
}

// forgetBorrowed lets go of the keys that are borrowed from the payload.
func (k *keys) forgetBorrowed() {
	for word := range k.passing {
		for ; k.passing[word] != 0; k.passing[word] &= k.passing[word] - 1 {
			k.order[word*64+bits.TrailingZeros64(k.passing[word])] = knownKey{}
		}
	}
	k.other, k.moved = knownKey{}, 0
}
