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
	key    string // set in a keyTable
	field  field
	rank   uint8         // 1 is the best
	source sourceID      // the producer that alone uses the key
	unit   time.Duration // of a duration
	isText bool          // a text under it is kept as it is
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

// meanings maps an attribute's key to its meaning, in every spelling that is
// recognised.
type meanings map[string]meaning

// builtinKeys is the table of all keys of attributeKeys and sources.
var builtinKeys = newKeyTable(newMeanings(nil))

// newMeanings are all keys, with those that users name for some fields, which
// come before the built-in ones.
func newMeanings(extra map[string][]string) meanings {
	m := make(meanings, 2048)
	for _, name := range slices.Sorted(maps.Keys(extra)) {
		a := configurable[name]
		m.add(a.field, firstOwnRank, extra[name])
		for _, key := range extra[name] {
			m.setUnit(key, a.field, a.unit)
		}
	}
	for f, keys := range attributeKeys {
		m.add(field(f), firstBuiltinRank, keys)
	}
	for i, d := range durationKeys {
		m.add(duration, firstBuiltinRank+i, []string{d.key})
		m.setUnit(d.key, duration, d.unit)
	}
	for key, unit := range partUnits {
		m.setUnit(key, durationPart, unit)
	}
	for i, name := range requestHeaders {
		m.add(firstRequestHeader+field(i), firstBuiltinRank, requestHeaderAliases[name])
		m.add(firstRequestHeader+field(i), firstBuiltinRank+len(requestHeaderAliases[name]), headerKeys(name, requestHeaderKeys))
	}
	for i, name := range responseHeaders {
		m.add(firstResponseHeader+field(i), firstBuiltinRank, responseHeaderAliases[name])
		m.add(firstResponseHeader+field(i), firstBuiltinRank+len(responseHeaderAliases[name]), headerKeys(name, responseHeaderKeys))
	}
	for id := range sources {
		m.addSigns(sourceID(id))
	}
	return m
}

// withHeaders is the table with the headers that users add.
func (m meanings) withHeaders(request, response []string) meanings {
	for i, name := range request {
		m.add(firstAddedRequest+field(i), firstBuiltinRank, headerKeys(name, requestHeaderKeys))
	}
	for i, name := range response {
		m.add(firstAddedResponse+field(i), firstBuiltinRank, headerKeys(name, responseHeaderKeys))
	}
	return m
}

// without is the table without the keys of fields that are not used. Those that
// tell the producer stay for that.
func (m meanings) without(unused *fieldSet) meanings {
	for key, a := range m {
		switch {
		case !unused.has(a.field):
		case a.source == 0:
			delete(m, key)
		default:
			m[key] = meaning{source: a.source}
		}
	}
	return m
}

// add gives each of the keys, best first, to f. A key keeps its first meaning.
func (m meanings) add(f field, rank int, keys []string) {
	isText := readings[f] == asText && !f.mayHoldJSON()
	for i, key := range keys {
		if _, taken := m[key]; !taken {
			m[key] = meaning{field: f, rank: uint8(min(rank+i, poorValue-1)), isText: isText}
		}
	}
}

func (m meanings) setUnit(key string, f field, unit time.Duration) {
	if a := m[key]; a.field == f {
		a.unit = unit
		m[key] = a
	}
}

func (m meanings) addSigns(id sourceID) {
	for _, key := range sources[id].signs {
		a := m[key]
		a.source = id
		m[key] = a
	}
}
