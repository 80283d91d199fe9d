// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package translate

import (
	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/agentvisits/agentvisitsexporter/internal/mapping"
	"github.com/agentvisits/agentvisitsexporter/internal/value"
	"github.com/agentvisits/agentvisitsexporter/internal/visit"
)

// maxDepth bounds how deep nested maps are read. Producers nest three deep.
const maxDepth = 6

// readMap stores what a map and the maps nested in it say. The map's first key is the
// item's key with the given number; that of a nested map is none of the item's keys.
func (t *Translator) readMap(attributes pcommon.Map, first, depth int) {
	at, f, order, isSought := first, &t.facts, &t.keys.order, t.wrapper.isSought
	for key, v := range attributes.All() {
		var m *mapping.Mapping
		var maySign bool
		if at < len(order) && order[at].key == key {
			m, maySign = order[at].mapping, order[at].maySign
		} else {
			m, maySign = t.findInOrder(at, key)
		}
		at++
		if m == nil {
			if isSought && maySign || v.Type() == pcommon.ValueTypeMap {
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
		isSign := isSought && maySign
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

// readUnknown looks into the value of a key that says nothing. It is a map, or the key may
// be a sign.
func (t *Translator) readUnknown(key string, v pcommon.Value, depth int) {
	if v.Type() == pcommon.ValueTypeMap {
		t.readNested(nil, key, v.Map(), depth)
	} else {
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
		if mayBeParameters(m, key) {
			if query, ok := appendParameters(nil, v.Map()); ok {
				t.facts.storeParameters(m, query)
			}
			return "" // its keys are the visitor's
		}
		t.readNested(m, key, v.Map(), depth)
		return ""
	case pcommon.ValueTypeSlice:
		list := v.Slice()
		if list.Len() == 1 {
			only = list.At(0).Str()
		}
		if list.Len() > 1 && m.Field == visit.Query {
			return "" // several texts are no query
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
		t.readMap(nested, len(t.keys.order), depth+1)
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
