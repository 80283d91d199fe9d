// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import (
	"maps"
	"slices"
	"time"
)

// mapping says what a key means.
type mapping struct {
	field      field
	precedence precedence
	source     sourceID      // the producer that alone uses the key
	isText     bool          // a text under the key is stored as it is
	unit       time.Duration // of a duration
}

// precedence decides between the values of several keys for one field. 1 is the
// best; 0 stands for no value.
//
// What a raw line says comes first, then the keys that users name, then the
// built-in ones. After all these come, in the same order, values of poor quality;
// see poor.
type precedence uint8

const (
	lineRank         precedence = 1
	firstOwnRank     precedence = 2
	firstBuiltinRank precedence = 32
	firstPoor        precedence = 128
)

// maxOwnKeys is how many keys users can name for a field.
const maxOwnKeys = int(firstBuiltinRank - firstOwnRank)

// poor is the precedence of a key whose value probably says something else, such
// as where the server listens instead of the host that was asked for.
func (p precedence) poor() precedence { return p | firstPoor }

// mappings has the mapping of each attribute key, in every spelling that is
// recognised.
type mappings map[string]mapping

// builtinKeys has the mappings of a configuration that names no keys.
var builtinKeys = newTable(newMappings(nil))

// newMappings has all built-in keys, and those that users name for some fields, which
// take precedence.
func newMappings(extra map[string][]string) mappings {
	m := make(mappings, 2048)
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
		m.add(duration, firstBuiltinRank+precedence(i), []string{d.key})
		m.setUnit(d.key, duration, d.unit)
	}
	for key, unit := range partUnits {
		m.setUnit(key, durationPart, unit)
	}
	for i, name := range requestHeaders {
		m.add(firstRequestHeader+field(i), firstBuiltinRank, requestHeaderAliases[name])
		m.add(firstRequestHeader+field(i), firstBuiltinRank+precedence(len(requestHeaderAliases[name])), headerKeys(name, requestHeaderKeys))
	}
	for i, name := range responseHeaders {
		m.add(firstResponseHeader+field(i), firstBuiltinRank, responseHeaderAliases[name])
		m.add(firstResponseHeader+field(i), firstBuiltinRank+precedence(len(responseHeaderAliases[name])), headerKeys(name, responseHeaderKeys))
	}
	for id := range sources {
		m.addSigns(sourceID(id))
	}
	return m
}

// withHeaders adds the headers of the given names, which are lower case with "-".
func (m mappings) withHeaders(request, response []string) mappings {
	for i, name := range request {
		m.add(firstAddedRequest+field(i), firstBuiltinRank, headerKeys(name, requestHeaderKeys))
	}
	for i, name := range response {
		m.add(firstAddedResponse+field(i), firstBuiltinRank, headerKeys(name, responseHeaderKeys))
	}
	return m
}

// without removes the keys of fields that are not used. Of those that give the
// producer away, that alone stays.
func (m mappings) without(unused *fieldSet) mappings {
	for key, a := range m {
		switch {
		case !unused.has(a.field):
		case a.source == 0:
			delete(m, key)
		default:
			m[key] = mapping{source: a.source}
		}
	}
	return m
}

// add maps each of the keys, best first, to f. A key keeps its first mapping.
func (m mappings) add(f field, first precedence, keys []string) {
	isText := kinds[f] == kindText && !mayHoldJSON(f)
	for i, key := range keys {
		if _, taken := m[key]; !taken {
			m[key] = mapping{field: f, precedence: precedence(min(int(first)+i, int(firstPoor)-1)), isText: isText}
		}
	}
}

func (m mappings) setUnit(key string, f field, unit time.Duration) {
	if a := m[key]; a.field == f {
		a.unit = unit
		m[key] = a
	}
}

func (m mappings) addSigns(id sourceID) {
	for _, key := range sources[id].signs {
		a := m[key]
		a.source = id
		m[key] = a
	}
}
