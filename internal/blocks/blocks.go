// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package blocks

import (
	"encoding"
	"reflect"
	"slices"
	"strings"

	"go.opentelemetry.io/collector/confmap"
)

// form is how the values of a type are written in YAML.
type form uint8

const (
	scalarForm form = iota // one value
	listForm               // a list of scalars, lists or anything
	blockForm              // a block with keys of its own
	blocksForm             // a list of such blocks
	namedForm              // a block whose keys the user chooses
	pairsForm              // a block whose keys the user chooses, or a list of blocks with name and value
)

// place is where a configuration has a value, with what the types of its fields say.
type place struct {
	of   reflect.Type // of the value, or of each value of a list of blocks or of a block with chosen keys
	form form
	// optional says whether the key "enabled" switches the block off, although its type
	// has no such field.
	optional bool
}

// placeOf reads a type of a configuration. Pointers and configoptional.Optional stand for
// what they hold.
func placeOf(of reflect.Type) place {
	of = withoutPointers(of)
	if get, ok := reflect.PointerTo(of).MethodByName("GetOrInsertDefault"); ok {
		return place{of: withoutPointers(get.Type.Out(0)), form: blockForm, optional: true}
	}
	switch unmarshals := reflect.PointerTo(of).Implements(reflect.TypeFor[confmap.Unmarshaler]()); {
	case reflect.PointerTo(of).Implements(reflect.TypeFor[encoding.TextUnmarshaler]()):
		return place{of: of}
	case of.Kind() == reflect.Struct:
		return place{of: of, form: blockForm}
	case of.Kind() == reflect.Map:
		return place{of: of.Elem(), form: namedForm}
	case of.Kind() == reflect.Slice && of.Elem().Kind() == reflect.Struct && unmarshals:
		return place{of: of.Elem(), form: pairsForm} // such as configopaque.MapList
	case of.Kind() == reflect.Slice && of.Elem().Kind() == reflect.Struct:
		return place{of: of.Elem(), form: blocksForm}
	case of.Kind() == reflect.Slice:
		return place{of: of, form: listForm}
	}
	return place{of: of}
}

func withoutPointers(of reflect.Type) reflect.Type {
	for of.Kind() == reflect.Pointer {
		of = of.Elem()
	}
	return of
}

// keyed is a key of a block with the type of its value.
type keyed struct {
	key string
	of  reflect.Type
}

// keys are the keys of a block in the order of the fields.
func (p place) keys() []keyed {
	if p.optional {
		return append(p.ownKeys(), keyed{enabledKey, reflect.TypeFor[bool]()})
	}
	return p.ownKeys()
}

// ownKeys are the keys for which a block has fields.
func (p place) ownKeys() (keys []keyed) {
	for i := range p.of.NumField() {
		f := p.of.Field(i)
		tag, isKey := f.Tag.Lookup(confmap.MapstructureTag)
		name, mode, _ := strings.Cut(tag, ",")
		switch {
		case mode == "squash":
			keys = append(keys, placeOf(f.Type).keys()...)
		case isKey && f.IsExported() && name != "-":
			keys = append(keys, keyed{name, f.Type})
		}
	}
	return keys
}

// enabledKey switches a block on and off.
const enabledKey = "enabled"

// namesOf are the keys alone.
func namesOf(keys []keyed) []string {
	names := make([]string, len(keys))
	for i, k := range keys {
		names[i] = k.key
	}
	return names
}

// find returns the type of a key's value.
func find(keys []keyed, name string) (reflect.Type, bool) {
	for _, k := range keys {
		if k.key == name {
			return k.of, true
		}
	}
	return nil, false
}

// each calls do with the path of each key of a block and of the blocks within, those of
// the block itself first. It leaves out lists of blocks, because nobody writes one key of
// those alone.
func (p place) each(path []string, do func(path []string)) {
	keys := p.keys()
	for _, k := range keys {
		do(append(slices.Clip(path), k.key))
	}
	for _, k := range keys {
		if inner := placeOf(k.of); inner.form == blockForm {
			inner.each(append(slices.Clip(path), k.key), do)
		}
	}
}
