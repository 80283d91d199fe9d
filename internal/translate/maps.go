// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package translate

import (
	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/agentvisits/agentvisitsexporter/internal/ascii"
	"github.com/agentvisits/agentvisitsexporter/internal/mapping"
	"github.com/agentvisits/agentvisitsexporter/internal/value"
)

// maxDepth bounds how deep nested maps are read. Producers nest three deep.
const maxDepth = 6

// readMap stores what the map and the maps nested in it say. The map's first key is
// the item's key with the given number.
func (t *Translator) readMap(m pcommon.Map, first, depth int) {
	at, f := first, &t.facts
	for key, v := range m.All() {
		var a *mapping.Mapping
		switch {
		case depth > 0:
			a = lookup(t, key)
		case at < len(t.order) && t.order[at].key == key:
			a = t.order[at].mapping
		default:
			a = t.findInOrder(at, key)
		}
		at++
		if a == nil {
			if v.Type() == pcommon.ValueTypeMap {
				t.readNested(nil, key, v.Map(), depth)
			}
			continue
		}
		text := v.Str() // most are texts, and this is how to know at once
		if text == "" {
			text = onlyText(v)
		}
		switch {
		case text == "":
			t.readOther(a, key, v, depth)
		case !a.IsText:
			takeText(t, a, key, text, depth)
		case f.lacks(a.Field, a.Precedence) && !value.IsAbsent(text):
			f.set(a.Field, a.Precedence, text, 0)
			fallthrough
		default:
			f.recognize(a.Source)
		}
	}
}

// readOther stores a value that is neither a text nor a list of one text.
func (t *Translator) readOther(a *mapping.Mapping, key string, v pcommon.Value, depth int) {
	switch v.Type() {
	case pcommon.ValueTypeMap:
		t.readNested(a, key, v.Map(), depth)
	case pcommon.ValueTypeInt:
		t.facts.store(a, value.Whole(v.Int()))
	default:
		take(t, a, key, value.Of(v), depth)
	}
}

// onlyText is the element of a list that has one, if it is a text: so captured headers
// come.
func onlyText(v pcommon.Value) string {
	if v.Type() != pcommon.ValueTypeSlice || v.Slice().Len() != 1 {
		return ""
	}
	return v.Slice().At(0).Str()
}

// readNested reads a map under a key of another one.
func (t *Translator) readNested(a *mapping.Mapping, key string, m pcommon.Map, depth int) {
	if a != nil {
		t.facts.recognize(a.Source)
	}
	if depth < maxDepth {
		mark := descend(t, key)
		t.readMap(m, 0, depth+1)
		t.prefix = t.prefix[:mark]
	}
}

// take stores a value.
func take[K string | []byte](t *Translator, a *mapping.Mapping, key K, v value.Value, depth int) {
	if v.IsNumber {
		t.facts.store(a, v)
		return
	}
	takeText(t, a, key, v.Text, depth)
}

// takeText stores a text, or reads the JSON object in it.
func takeText[K string | []byte](t *Translator, a *mapping.Mapping, key K, text string, depth int) {
	if !isJSONObject(text) || !mapping.MayHoldJSON(a.Field) || depth >= maxDepth {
		t.facts.storeText(a, text)
		return
	}
	mark := descend(t, key)
	t.readInnerJSON(text, depth+1)
	t.prefix = t.prefix[:mark]
}

// descend adds a key to t.prefix. It returns the length to cut t.prefix back to.
func descend[K string | []byte](t *Translator, key K) (mark int) {
	mark = len(t.prefix)
	t.prefix = append(append(t.prefix, key...), '.')
	return mark
}

// lookup finds what a key of the map being read means, or nil.
func lookup[K string | []byte](t *Translator, key K) *mapping.Mapping {
	if len(t.prefix) == 0 {
		return mappingOf(ascii.Find(t.rules.keys, key))
	}
	path := append(t.prefix, key...)
	t.prefix = path[:len(t.prefix)]
	return mappingOf(ascii.Find(t.rules.keys, path))
}

func mappingOf(known *ascii.KeyValue[mapping.Mapping]) *mapping.Mapping {
	if known == nil {
		return nil
	}
	return &known.Value
}

// maxMoved is how many places of keys are remembered anew in a payload. More are of
// no use: some producers write keys in any order.
const maxMoved = 256

// placedKey is a key with its mapping. A key without one is borrowed from the
// payload.
type placedKey struct {
	key     string
	mapping *mapping.Mapping
}

// findInOrder finds what the item's key with the given number means, or nil. It
// remembers the key, because most items have the same keys in the same order.
func (t *Translator) findInOrder(at int, key string) *mapping.Mapping {
	known := ascii.Find(t.rules.keys, key)
	if at < len(t.order) && t.moved < maxMoved {
		t.moved++
		if known != nil {
			key = known.Key // which is no part of the payload
		}
		t.order[at] = placedKey{key, mappingOf(known)}
	}
	return mappingOf(known)
}

// forgetBorrowed lets go of the keys that are parts of the payload.
func (t *Translator) forgetBorrowed() {
	for at := range t.order {
		if t.order[at].mapping == nil {
			t.order[at].key = ""
		}
	}
}
