// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import (
	"maps"
	"slices"
	"time"
)

// meaning says what a key means.
type meaning struct {
	field  field
	rank   uint8         // 1 is the best
	source sourceID      // the producer that alone uses the key
	unit   time.Duration // of a duration
}

// The ranks: first what a raw line says, then the keys that users name, then
// the built-in ones. A value that is worse than those of other keys is ranked
// lower by poorValue.
const (
	lineRank         = 1
	firstOwnRank     = 2
	firstBuiltinRank = 32
	poorValue        = 128
)

// keyTable maps an attribute's key to its meaning, in every spelling that is
// recognised, so that reading an item costs one look-up for each attribute
// however many keys are known.
type keyTable map[string]meaning

// builtinKeys is the table of all keys of attributeKeys and sources.
var builtinKeys = newKeyTable(nil)

// newKeyTable makes the table with the keys that users name for some fields,
// which come before the built-in ones.
func newKeyTable(extra map[string][]string) keyTable {
	t := make(keyTable, 2048)
	for _, name := range slices.Sorted(maps.Keys(extra)) {
		a := configurable[name]
		t.add(a.field, firstOwnRank, extra[name])
		for _, key := range extra[name] {
			t.setUnit(key, a.field, a.unit)
		}
	}
	for f, keys := range attributeKeys {
		t.add(field(f), firstBuiltinRank, keys)
	}
	for i, d := range durationKeys {
		t.add(duration, firstBuiltinRank+i, []string{d.key})
		t.setUnit(d.key, duration, d.unit)
	}
	for key, unit := range partUnits {
		t.setUnit(key, durationPart, unit)
	}
	for i, name := range requestHeaders {
		t.add(firstRequestHeader+field(i), firstBuiltinRank, requestHeaderAliases[name])
		t.add(firstRequestHeader+field(i), firstBuiltinRank+len(requestHeaderAliases[name]), headerKeys(name, requestHeaderKeys))
	}
	for i, name := range responseHeaders {
		t.add(firstResponseHeader+field(i), firstBuiltinRank, responseHeaderAliases[name])
		t.add(firstResponseHeader+field(i), firstBuiltinRank+len(responseHeaderAliases[name]), headerKeys(name, responseHeaderKeys))
	}
	for id := range sources {
		t.addSigns(sourceID(id))
	}
	return t
}

// withHeaders is the table with the headers that users add.
func (t keyTable) withHeaders(c *HeadersConfig) keyTable {
	if len(c.Request.Add)+len(c.Response.Add) == 0 {
		return t
	}
	t = maps.Clone(t)
	for i, name := range plainNames(c.Request.Add) {
		t.add(firstAddedRequest+field(i), firstBuiltinRank, headerKeys(name, requestHeaderKeys))
	}
	for i, name := range plainNames(c.Response.Add) {
		t.add(firstAddedResponse+field(i), firstBuiltinRank, headerKeys(name, responseHeaderKeys))
	}
	return t
}

// add gives each of the keys, best first, to f. A key keeps its first meaning.
func (t keyTable) add(f field, rank int, keys []string) {
	for i, key := range keys {
		if _, taken := t[key]; !taken {
			t[key] = meaning{field: f, rank: uint8(min(rank+i, poorValue-1))}
		}
	}
}

func (t keyTable) setUnit(key string, f field, unit time.Duration) {
	if a := t[key]; a.field == f {
		a.unit = unit
		t[key] = a
	}
}

func (t keyTable) addSigns(id sourceID) {
	for _, key := range sources[id].signs {
		a := t[key]
		a.source = id
		t[key] = a
	}
}
