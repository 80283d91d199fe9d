// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package translate

import (
	"encoding/json"
	"strings"

	"github.com/go-faster/jx"

	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/agentvisits/agentvisitsexporter/internal/mapping"
	"github.com/agentvisits/agentvisitsexporter/internal/uri"
	"github.com/agentvisits/agentvisitsexporter/internal/value"
	"github.com/agentvisits/agentvisitsexporter/internal/visit"
)

// Servers such as Express and hapi log the parameters of a query as a map, which they
// decoded. Of a map with nothing but texts, numbers and lists of these the query is made
// again. It counts only if nothing else has the query. How a map within it was written is
// not known, so then there is no query.

// builtQuery is the number of a query that was made of a map.
const builtQuery = 1

// maxQueryBytes is more than is delivered of a query.
const maxQueryBytes = visit.MaxTargetBytes + 1

// mayBeParameters reports whether a map under a key can hold the parameters of a query.
// Args and params are also those of a function or a route.
func mayBeParameters[K string | []byte](m *mapping.Mapping, key K) bool {
	if m == nil || m.Field != visit.Query {
		return false
	}
	for from := 0; from+len("query") <= len(key); from++ {
		if endsIn(key[:from+len("query")], "query") {
			return true
		}
	}
	return m.IsOwn()
}

// storeParameters stores a query that was made of a map.
func (f *facts) storeParameters(m *mapping.Mapping, query []byte) {
	f.offer(visit.Query, m.Precedence.Poor(), string(query), builtQuery, len(query) > 0)
}

// appendParameters appends what a map says as a query. It reports false if there is a map
// within it.
func appendParameters(to []byte, parameters pcommon.Map) ([]byte, bool) {
	for name, v := range parameters.All() {
		if v.Type() == pcommon.ValueTypeSlice {
			for _, element := range v.Slice().All() {
				if element.Type() == pcommon.ValueTypeSlice || element.Type() == pcommon.ValueTypeMap {
					return nil, false
				}
				to = appendParameter(to, name, value.Of(element))
			}
			continue
		}
		if v.Type() == pcommon.ValueTypeMap {
			return nil, false
		}
		to = appendParameter(to, name, value.Of(v))
	}
	return to, true
}

// appendParameter appends a parameter. One that is null has no value.
func appendParameter(to []byte, name string, v value.Value) []byte {
	if len(to) > maxQueryBytes {
		return to
	}
	return uri.AppendParameter(to, name, v.AsText())
}

// appendJSONParameters does the same for an object in JSON.
func appendJSONParameters(to []byte, d *jx.Decoder) (query []byte, ok bool, err error) {
	ok = true
	err = d.ObjBytes(func(d *jx.Decoder, key []byte) error {
		name := string(key)
		if d.Next() != jx.Array {
			return appendScalar(&to, &ok, name, d)
		}
		return d.Arr(func(d *jx.Decoder) error { return appendScalar(&to, &ok, name, d) })
	})
	return to, ok && err == nil, err
}

// appendScalar appends a value in JSON. ok becomes false if it is a map or a list.
func appendScalar(to *[]byte, ok *bool, name string, d *jx.Decoder) error {
	var v value.Value
	switch d.Next() {
	case jx.String:
		text, err := d.Str()
		if err != nil {
			return err
		}
		v = value.Text(text)
	case jx.Number, jx.Bool:
		raw, err := d.Raw()
		if err != nil {
			return err
		}
		v = value.Text(string(raw))
		if n := numberOf(string(raw)); n.IsNumber {
			v = n
		}
	default:
		*ok = *ok && d.Next() == jx.Null
		if err := d.Skip(); err != nil {
			return err
		}
	}
	*to = appendParameter(*to, name, v)
	return nil
}

// readParameters stores what an object says that holds the parameters of a query.
func (t *Translator) readParameters(d *jx.Decoder, m *mapping.Mapping) error {
	query, ok, err := appendJSONParameters(nil, d)
	if ok {
		t.facts.storeParameters(m, query)
	}
	return err
}

// readOnly stores the element of a list under the key of a query, if it has but one.
// Several texts are no query.
func (t *Translator) readOnly(d *jx.Decoder, m *mapping.Mapping) error {
	var only value.Value
	elements := 0
	err := d.Arr(func(d *jx.Decoder) error {
		elements++
		if next := d.Next(); next == jx.Array || next == jx.Object {
			return d.Skip()
		}
		v, err := t.jsonValue(d)
		only = v
		return err
	})
	if err == nil && elements == 1 {
		t.facts.store(m, only)
	}
	return err
}

// queryOfText returns the query in a text under the key of one. It can be JSON with the
// parameters. A text such as "SELECT a FROM b", or one of GraphQL with blanks, is no query: it
// begins with a word or a brace, and a blank in it comes before the first "=".
func queryOfText(text string) string {
	if (isJSONObject(text) || strings.HasPrefix(text, "[")) && json.Valid([]byte(text)) {
		return queryOfJSON(text)
	}
	if c := strings.ToLower(text[:min(len(text), 1)]); c != "{" && (c < "a" || c > "z") {
		return text
	}
	for i := range len(text) {
		switch text[i] {
		case '=':
			return text
		case ' ', '\t', '\r', '\n':
			return ""
		}
	}
	return text
}

// queryOfJSON makes a query of valid JSON, or none.
func queryOfJSON(text string) string {
	if text[0] != '{' {
		return ""
	}
	query, ok, _ := appendJSONParameters(nil, jx.DecodeStr(text))
	if !ok {
		return ""
	}
	return string(query)
}
