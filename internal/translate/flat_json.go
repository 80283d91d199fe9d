// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package translate

import (
	"github.com/agentvisits/agentvisitsexporter/internal/ascii"
	"github.com/agentvisits/agentvisitsexporter/internal/mapping"
	"github.com/agentvisits/agentvisitsexporter/internal/value"
)

// flatJSON are the members of a JSON object that is written as most access logs are: in
// ASCII, without objects and lists in it, and without escapes. Such an object is read at
// a third of the cost of others, and to the same effect: its keys mostly stand in the
// order of the line before, and its texts are parts of the line.
type flatJSON [maxFlatMembers]flatMember

// flatMember says where a member stands in the text of the object.
type flatMember struct {
	key, value span // a text without its quotation marks
	kind       flatKind
}

type span struct{ from, to uint32 }

func (s span) of(text string) string { return text[s.from:s.to] }

// flatKind is the kind of a member's value.
type flatKind uint8

const (
	flatText flatKind = iota
	flatNumber
	flatLiteral // true, false or null
)

// maxFlatMembers is more members than lines of access logs have.
const maxFlatMembers = 256

// readFlatJSON stores what an object says. It reports false, and stores nothing, if the
// object is not flat; then it may be one of another form, or no JSON. The object's first
// key is the record's key with the given number.
func (t *Translator) readFlatJSON(text string, first int) bool {
	members := t.flat.scan(text)
	for i := range members {
		member := &members[i]
		key, at := member.key.of(text), first+i
		m, maySign := t.placed(at, key)
		switch {
		case member.kind == flatText && (m != nil || maySign):
			t.readFlatText(m, key, member.value.of(text))
		case m == nil:
		case member.kind == flatNumber:
			take(t, m, key, numberOf(member.value.of(text)), 0)
		default:
			take(t, m, key, literalOf(member.value.of(text)), 0)
		}
	}
	return len(members) > 0
}

// placed finds the mapping of the item's key with the given number, or nil, and reports
// whether the key may be a sign; see knownKey.
func (t *Translator) placed(at int, key string) (m *mapping.Mapping, maySign bool) {
	if at < len(t.keys.order) && t.keys.order[at].key == key {
		return t.keys.order[at].mapping, t.keys.order[at].maySign
	}
	return t.findInOrder(at, key)
}

func (t *Translator) readFlatText(m *mapping.Mapping, key, text string) {
	if m != nil {
		takeText(t, m, key, text, 0)
	} else {
		noteRequest(t, key, text)
	}
}

// literalOf is the value of a literal. null has none.
func literalOf(text string) value.Value {
	if text == "null" {
		return value.Value{}
	}
	return value.Text(text)
}

// scan finds the members of an object. It finds none if the object is not flat.
func (f *flatJSON) scan(text string) []flatMember {
	at := skipBlanks(text, 1) // after the brace
	for n := 0; n < len(f) && at < len(text) && text[at] == '"'; n++ {
		m := &f[n]
		end := endOfPlain(text, at+1)
		if end < 0 {
			break
		}
		m.key = span{uint32(at + 1), uint32(end)}
		if at = skipBlanks(text, end+1); at >= len(text) || text[at] != ':' {
			break
		}
		if at = m.setValue(text, skipBlanks(text, at+1)); at < 0 {
			break
		}
		if at = skipBlanks(text, at); at == len(text)-1 && text[at] == '}' {
			return f[:n+1]
		}
		if at >= len(text) || text[at] != ',' {
			break
		}
		at = skipBlanks(text, at+1)
	}
	return nil
}

// setValue takes the value that starts at a place. It returns where it ends, or -1 if it
// is not of a flat object.
func (m *flatMember) setValue(text string, at int) (end int) {
	if at >= len(text) {
		return -1
	}
	switch c := text[at]; {
	case c == '"':
		if end = endOfPlain(text, at+1); end >= 0 {
			m.value, m.kind = span{uint32(at + 1), uint32(end)}, flatText
			end++
		}
		return end
	case c == '-', ascii.IsDigit(c):
		end, m.kind = endOfNumber(text, at), flatNumber
	default:
		end, m.kind = endOfLiteral(text, at), flatLiteral
	}
	m.value = span{uint32(at), uint32(max(end, at))}
	return end
}

// endOfPlain returns where the quotation mark is that ends a text, or -1 if the text has
// an escape, a control character or a byte outside of ASCII.
func endOfPlain(text string, at int) int {
	if end := ascii.IndexUnplain(text, at); end < len(text) && text[end] == '"' {
		return end
	}
	return -1
}

// endOfNumber returns where a number ends, or -1 if it is none or has an exponent.
func endOfNumber(text string, at int) int {
	if text[at] == '-' {
		at++
	}
	whole := at
	for at < len(text) && ascii.IsDigit(text[at]) {
		at++
	}
	if at == whole || at > whole+1 && text[whole] == '0' {
		return -1
	}
	if at < len(text) && text[at] == '.' {
		fraction := at + 1
		for at = fraction; at < len(text) && ascii.IsDigit(text[at]); {
			at++
		}
		if at == fraction {
			return -1
		}
	}
	return at
}

// endOfLiteral returns where true, false or null ends, or -1.
func endOfLiteral(text string, at int) int {
	for _, word := range [...]string{"true", "false", "null"} {
		if len(text)-at > len(word) && text[at:at+len(word)] == word {
			return at + len(word)
		}
	}
	return -1
}

// skipBlanks returns where something else than a blank or a line break stands.
func skipBlanks(text string, at int) int {
	if at >= len(text) || text[at] > ' ' {
		return at // as in nearly all lines
	}
	return skipAllBlanks(text, at)
}

func skipAllBlanks(text string, at int) int {
	for at < len(text) && (text[at] == ' ' || text[at] == '\n' || text[at] == '\t' || text[at] == '\r') {
		at++
	}
	return at
}
