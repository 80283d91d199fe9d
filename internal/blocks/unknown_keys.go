// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package blocks

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"go.opentelemetry.io/collector/confmap"
)

// UnknownKeys returns an error that names the given keys that a struct of the
// configuration, or a struct within it, does not have.
func UnknownKeys(of reflect.Type, given map[string]any) error {
	unknown := unknownKeys(of, given, "")
	if len(unknown) == 0 {
		return nil
	}
	slices.Sort(unknown)
	return fmt.Errorf("unknown keys: `%s`; check their spelling", strings.Join(unknown, "`, `"))
}

// unknownKeys names each key with those above it. A type that unmarshals itself
// checks its own keys.
func unknownKeys(of reflect.Type, given map[string]any, above string) (unknown []string) {
	known := keysOf(of)
	for key, value := range given {
		field, ok := known[key]
		if !ok {
			unknown = append(unknown, above+key)
			continue
		}
		if field.Kind() == reflect.Pointer {
			field = field.Elem()
		}
		inner, isMap := value.(map[string]any)
		if isMap && field.Kind() == reflect.Struct && !reflect.PointerTo(field).Implements(reflect.TypeFor[confmap.Unmarshaler]()) {
			unknown = append(unknown, unknownKeys(field, inner, above+key+confmap.KeyDelimiter)...)
		}
	}
	return unknown
}

// keysOf are the YAML keys of a struct with the types of their fields.
func keysOf(of reflect.Type) map[string]reflect.Type {
	keys := make(map[string]reflect.Type)
	for i := range of.NumField() {
		f := of.Field(i)
		name, mode, _ := strings.Cut(f.Tag.Get(confmap.MapstructureTag), ",")
		if mode == "squash" {
			maps.Copy(keys, keysOf(f.Type))
		} else {
			keys[name] = f.Type
		}
	}
	return keys
}
