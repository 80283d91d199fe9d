// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package mapping

import (
	"maps"
	"slices"
	"time"

	"github.com/agentvisits/agentvisitsexporter/internal/ascii"
	"github.com/agentvisits/agentvisitsexporter/internal/visit"
)

// Mapping says what a key means.
type Mapping struct {
	Field      visit.Field
	Precedence Precedence
	Source     SourceID      // the producer that alone uses the key
	IsText     bool          // a text under the key is stored as it is
	Unit       time.Duration // of a duration
}

// Precedence decides between the values of several keys for one field. 1 is the
// best; 0 stands for no value.
//
// What a raw line says comes first, then the keys that users name, then the
// built-in ones. After all these come, in the same order, values of poor quality;
// see poor.
type Precedence uint8

const (
	FromLine       Precedence = 1
	FromOwnKey     Precedence = 2
	FromBuiltinKey Precedence = 32
	firstPoor      Precedence = 128
)

// MaxOwnKeys is how many keys users can name for a field.
const MaxOwnKeys = int(FromBuiltinKey - FromOwnKey)

// Poor is the precedence of a key whose value probably says something else, such
// as where the server listens instead of the host that was asked for.
func (p Precedence) Poor() Precedence { return p | firstPoor }

// Mappings has the mapping of each attribute key, in every spelling that is
// recognised.
type Mappings map[string]Mapping

// Builtin has the mappings of a configuration that names no keys.
var Builtin = ascii.NewTable(New(nil))

// New has all built-in keys, and those that users name for some fields, which
// take precedence.
func New(extra map[string][]string) Mappings {
	m := make(Mappings, 2048)
	for _, name := range slices.Sorted(maps.Keys(extra)) {
		a := Configurable[name]
		m.add(a.Field, FromOwnKey, extra[name])
		for _, key := range extra[name] {
			m.setUnit(key, a.Field, a.Unit)
		}
	}
	for f, keys := range attributeKeys {
		m.add(visit.Field(f), FromBuiltinKey, keys)
	}
	for i, d := range durationKeys {
		m.add(visit.Duration, FromBuiltinKey+Precedence(i), []string{d.key})
		m.setUnit(d.key, visit.Duration, d.unit)
	}
	for key, unit := range partUnits {
		m.setUnit(key, visit.DurationPart, unit)
	}
	for i, name := range visit.RequestHeaders {
		m.add(visit.FirstRequestHeader+visit.Field(i), FromBuiltinKey, requestHeaderAliases[name])
		m.add(visit.FirstRequestHeader+visit.Field(i), FromBuiltinKey+Precedence(len(requestHeaderAliases[name])), HeaderKeys(name, RequestHeaderKeys))
	}
	for i, name := range visit.ResponseHeaders {
		m.add(visit.FirstResponseHeader+visit.Field(i), FromBuiltinKey, responseHeaderAliases[name])
		m.add(visit.FirstResponseHeader+visit.Field(i), FromBuiltinKey+Precedence(len(responseHeaderAliases[name])), HeaderKeys(name, ResponseHeaderKeys))
	}
	for id := range Sources {
		m.addSigns(SourceID(id))
	}
	return m
}

// WithHeaders adds the headers of the given names, which are lower case with "-".
func (m Mappings) WithHeaders(request, response []string) Mappings {
	for i, name := range request {
		m.add(visit.FirstAddedRequest+visit.Field(i), FromBuiltinKey, HeaderKeys(name, RequestHeaderKeys))
	}
	for i, name := range response {
		m.add(visit.FirstAddedResponse+visit.Field(i), FromBuiltinKey, HeaderKeys(name, ResponseHeaderKeys))
	}
	return m
}

// Without removes the keys of fields that are not used. Of those that give the
// producer away, that alone stays.
func (m Mappings) Without(unused *visit.FieldSet) Mappings {
	for key, a := range m {
		switch {
		case !unused.Has(a.Field):
		case a.Source == 0:
			delete(m, key)
		default:
			m[key] = Mapping{Source: a.Source}
		}
	}
	return m
}

// add maps each of the keys, best first, to f. A key keeps its first mapping.
func (m Mappings) add(f visit.Field, first Precedence, keys []string) {
	isText := Kinds[f] == KindText && !MayHoldJSON(f)
	for i, key := range keys {
		if _, taken := m[key]; !taken {
			m[key] = Mapping{Field: f, Precedence: Precedence(min(int(first)+i, int(firstPoor)-1)), IsText: isText}
		}
	}
}

func (m Mappings) setUnit(key string, f visit.Field, unit time.Duration) {
	if a := m[key]; a.Field == f {
		a.Unit = unit
		m[key] = a
	}
}

func (m Mappings) addSigns(id SourceID) {
	for _, key := range Sources[id].signs {
		a := m[key]
		a.Source = id
		m[key] = a
	}
}
