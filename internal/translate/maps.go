// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package translate

import (
	"cmp"
	"math/bits"

	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/agentvisits/agentvisitsexporter/internal/ascii"
	"github.com/agentvisits/agentvisitsexporter/internal/mapping"
	"github.com/agentvisits/agentvisitsexporter/internal/value"
)

// maxDepth bounds how deep nested maps are read. Producers nest three deep.
const maxDepth = 6

// readMap stores what a map and the maps nested in it say. The map's first key is the
// item's key with the given number; that of a nested map is none of the item's keys.
func (t *Translator) readMap(attributes pcommon.Map, first, depth int) {
	at, f, isSought := first, &t.facts, t.wrapper.isSought
	for key, v := range attributes.All() {
		var placed *placedKey
		if at < len(t.order) && t.order[at].key == key {
			placed = &t.order[at]
		} else {
			placed = t.findInOrder(at, key)
		}
		at++
		m := placed.mapping
		if m == nil {
			if isSought && placed.maySign || v.Type() == pcommon.ValueTypeMap {
				t.readUnknown(key, v, depth)
			}
			continue
		}
		text := v.Str() // empty unless the value is a text, as most are
		if text == "" {
			if text = t.readOther(m, key, v, depth); text == "" {
				continue
			}
		}
		isSign := isSought && isSignOfRequest(m, key)
		switch {
		case !m.IsText && text[0] != '{' && !isSign:
			f.storeText(m, text)
		case !m.IsText || isSign:
			takeText(t, m, key, text, depth)
		case f.lacks(m.Field, m.Precedence) && !value.IsAbsent(text):
			f.set(m.Field, m.Precedence, text, 0)
			fallthrough
		default:
			f.recognize(m.Source)
		}
	}
}

// readUnknown looks into the value of a key that says nothing.
func (t *Translator) readUnknown(key string, v pcommon.Value, depth int) {
	if v.Type() == pcommon.ValueTypeMap {
		t.readNested(nil, key, v.Map(), depth)
	} else if mayHoldRequest(key) {
		noteRequest(t, key, v.Str())
	}
}

// readOther stores a value that is no text. If it is a list of one text, as captured
// headers are, it returns that text and stores nothing.
func (t *Translator) readOther(m *mapping.Mapping, key string, v pcommon.Value, depth int) (only string) {
	switch v.Type() {
	case pcommon.ValueTypeInt:
		t.facts.store(m, value.Whole(v.Int()))
		return ""
	case pcommon.ValueTypeMap:
		t.readNested(m, key, v.Map(), depth)
		return ""
	case pcommon.ValueTypeSlice:
		if list := v.Slice(); list.Len() == 1 {
			only = list.At(0).Str()
		}
	}
	if only == "" {
		take(t, m, key, value.Of(v), depth)
	}
	return only
}

// readNested stores what a map says that is the value of a key.
func (t *Translator) readNested(m *mapping.Mapping, key string, nested pcommon.Map, depth int) {
	if m != nil {
		t.facts.recognize(m.Source)
	}
	if depth < maxDepth {
		mark := descend(t, key)
		t.readMap(nested, len(t.order), depth+1)
		t.prefix = t.prefix[:mark]
	}
}

// take stores a value.
func take[K string | []byte](t *Translator, m *mapping.Mapping, key K, v value.Value, depth int) {
	if v.IsNumber {
		t.facts.store(m, v)
		return
	}
	takeText(t, m, key, v.Text, depth)
}

// takeText stores a text, or what the JSON object in it says.
func takeText[K string | []byte](t *Translator, m *mapping.Mapping, key K, text string, depth int) {
	if !isJSONObject(text) || !mapping.MayHoldJSON(m.Field) || depth >= maxDepth {
		t.facts.storeText(m, text)
		if t.wrapper.isSought && isSignOfRequest(m, key) {
			noteRequest(t, key, text)
		}
		return
	}
	mark := descend(t, key)
	t.readInnerJSON(text, depth+1)
	t.prefix = t.prefix[:mark]
}

func isJSONObject(s string) bool {
	return len(s) > 1 && s[0] == '{' && s[len(s)-1] == '}'
}

// descend adds a key to t.prefix. It returns the length that t.prefix had.
func descend[K string | []byte](t *Translator, key K) (mark int) {
	mark = len(t.prefix)
	t.prefix = append(append(t.prefix, key...), '.')
	return mark
}

// lookup finds the mapping of a key in the map being read, or nil if it says nothing.
func lookup[K string | []byte](t *Translator, key K) *mapping.Mapping {
	if m := lookupAny(t, key); m != nil && !m.SaysNothing() {
		return m
	}
	return nil
}

func lookupAny[K string | []byte](t *Translator, key K) *mapping.Mapping {
	if len(t.prefix) == 0 && !t.wrapper.isRead {
		m, _ := mapping.Find(t.rules.keys, key)
		return m
	}
	path := append(t.prefix, key...)
	t.prefix = path[:len(t.prefix)]
	if t.wrapper.isRead {
		return t.lookupWrapped(path)
	}
	m, _ := mapping.Find(t.rules.keys, path)
	return m
}

// maxMoved is how often in a payload another key is remembered for a place. More is of
// no use, because some producers write keys in random order.
const maxMoved = 256

// placedKey is a key with its mapping.
type placedKey struct {
	key     string
	mapping *mapping.Mapping // nil if the key says nothing
	maySign bool             // the key may show where the request's map is; see wrapper
}

// findInOrder finds what a key says that is the item's with the given number, or of a
// nested map. It remembers the item's key for this place, because most items have the
// same keys in the same order. The result is valid until the next call.
func (t *Translator) findInOrder(at int, key string) *placedKey {
	if t.wrapper.isRead || len(t.prefix) > 0 {
		t.unplaced.mapping = lookup(t, key)
		return &t.unplaced
	}
	hash := ascii.HashOf(key)
	m, known := mapping.FindExact(t.rules.keys, key, hash)
	if m == nil {
		if known = t.strangers.copyOf(key, hash); known == "" {
			if m = mapping.FindRespelt(t.rules.keys, key); m == nil {
				known = t.strangers.add(key, hash)
			}
		}
	} else if m.SaysNothing() {
		m = nil
	}
	if at < len(t.order) && t.moved < maxMoved {
		t.place(at, key, known, m)
	}
	t.unplaced.mapping = m
	return &t.unplaced
}

// place remembers a key for a place. known is the key in memory that stays, or empty.
func (t *Translator) place(at int, key, known string, m *mapping.Mapping) {
	t.moved++
	t.order[at] = placedKey{cmp.Or(known, key), m, isSignOfRequest(m, key) && hasDot(key)}
	t.passing[at/64] &^= 1 << (at % 64)
	if known == "" {
		t.passing[at/64] |= 1 << (at % 64)
	}
}

// forgetBorrowed lets go of the keys that are borrowed from the payload.
func (t *Translator) forgetBorrowed() {
	for word := range t.passing {
		for ; t.passing[word] != 0; t.passing[word] &= t.passing[word] - 1 {
			t.order[word*64+bits.TrailingZeros64(t.passing[word])] = placedKey{}
		}
	}
}
