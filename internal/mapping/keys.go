// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package mapping

import (
	"time"

	"github.com/agentvisits/agentvisitsexporter/internal/ascii"
	"github.com/agentvisits/agentvisitsexporter/internal/visit"
)

// Keys finds what a key means. A key that is not known as it is spelt is compared
// without regard to case and separators: StatusCode and status-code are status_code.
type Keys struct {
	exact  *ascii.Table[Mapping]
	folded *ascii.FoldedTable[Mapping]
}

// NewKeys returns the keys that are mapped, without those of fields that are not used.
// A key by which a producer is recognised stays for that alone.
func NewKeys(m Mappings, unused *visit.FieldSet) *Keys {
	if unused == nil {
		unused = &visit.FieldSet{}
	}
	return &Keys{
		exact:  ascii.NewTable(m.without(unused)),
		folded: ascii.NewFoldedTable(m.folded().without(unused)),
	}
}

// Find returns the mapping of a key, or nil. The mapping may say nothing. If the key is
// known as it is spelt, known is the same key in memory that stays; else it is empty.
func Find[K string | []byte](k *Keys, key K) (m *Mapping, known string) {
	if found := ascii.Find(k.exact, key); found != nil {
		return &found.Value, found.Key
	}
	return findRespelt(k, key), ""
}

// findRespelt returns the mapping of a key that is not known as it is spelt, or nil.
func findRespelt[K string | []byte](k *Keys, key K) *Mapping {
	if m := findFolded(k, key); m != nil {
		return m
	}
	return findTyped(k, key)
}

func findFolded[K string | []byte](k *Keys, key K) *Mapping {
	if len(key) == 0 || !k.folded.MayHave(key[0], key[len(key)-1]) {
		return nil
	}
	return ascii.FindFolded(k.folded, key)
}

// findTyped returns the mapping of a key to which Azure's Log Analytics has added the type
// of its column, as in userAgent_s and httpStatus_d, or nil. Elsewhere "_s" can stand for
// seconds.
func findTyped[K string | []byte](k *Keys, key K) *Mapping {
	end := len(key) - len("_s")
	if end <= 0 || key[end] != '_' || key[end+1] != 's' && key[end+1] != 'd' {
		return nil
	}
	var m *Mapping
	if found := ascii.Find(k.exact, key[:end]); found != nil {
		m = &found.Value
	} else {
		m = findFolded(k, key[:end]) // not findRespelt: a sender may write a key of nothing but types
	}
	switch {
	case m == nil, m.Field == visit.BareDuration, m.Field == visit.RequestTime, m.Field == visit.OtherKind && m.IsWeak, m.Field == visit.DurationPart:
		return nil
	case m.Field == visit.Duration && key[end+1] == 's' && m.Unit != time.Second:
		return nil
	}
	return m
}

// Knows reports whether a built-in key is spelt like this.
func Knows(key string) bool { return ascii.Find(Builtin.exact, key) != nil }

// without returns the mappings without those of unused fields.
func (m Mappings) without(unused *visit.FieldSet) Mappings {
	used := make(Mappings, len(m))
	for key, a := range m {
		switch {
		case !unused.Has(a.Field):
			used[key] = a
		case a.Source != 0:
			used[key] = Mapping{Source: a.Source}
		}
	}
	return used
}

// folded returns the built-in mappings by folded key. A key whose spellings mean
// different things is left out, so that only the exact spellings are known. Keys that
// users name mean what they say in their spelling alone.
func (m Mappings) folded() Mappings {
	folded, ambiguous := make(Mappings, len(m)), map[string]bool{}
	for key, a := range m {
		if a.IsOwn() || exactKeys[key] || a.SaysNothing() {
			continue
		}
		if Sources[a.Source].ExactSigns {
			a.Source = 0
		}
		a.Precedence += fromRespeltKey - FromBuiltinKey
		name := ascii.Fold(key)
		other, taken := folded[name]
		switch {
		case !taken:
			folded[name] = a
		case other.Unit == a.Unit && foldedField(other.Field) == foldedField(a.Field):
			folded[name] = better(a, other)
		default:
			ambiguous[name] = true
		}
	}
	for name := range ambiguous {
		delete(folded, name)
	}
	return folded
}

// foldedField is the field that stands for it and for others that are read alike.
func foldedField(f visit.Field) visit.Field {
	switch f {
	case visit.HostHeader:
		return visit.Host
	case visit.FullURL:
		return visit.Target
	}
	return f
}

// better is the one of two mappings of a folded key that is believed less in what it
// says of the host: the attribute instead of the header, the target instead of the URL.
// Of two for one field it is the one that comes first.
func better(a, b Mapping) Mapping {
	switch {
	case a.Field != b.Field && a.Field == foldedField(a.Field):
		b = a
	case a.Field == b.Field && a.Precedence < b.Precedence:
		b.Precedence = a.Precedence
	}
	b.Source = max(a.Source, b.Source)
	return b
}
