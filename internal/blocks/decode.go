// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package blocks

import (
	"maps"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.opentelemetry.io/collector/confmap"

	"github.com/agentvisits/agentvisitsexporter/internal/validation"
)

// Decode reads a configuration into a struct, to which into points, as the Collector does.
// Its error names each key that the struct does not have, with the key that was most likely
// meant, and each value of another type, with an example. What a message shows is never a
// value, except for a short number, because a value may be a secret in the wrong place.
// Whether a value fits is decided by the Collector's own decoder, which knows about
// variables; only the words are ours. What into holds before are the defaults, which serve
// as examples.
func Decode(conf *confmap.Conf, into any) error {
	given := conf.ToStringMap()
	f := validation.NewFaults()
	at := reflect.ValueOf(into).Elem()
	refused := conf.Unmarshal(reflect.New(at.Type()).Interface())
	d := decoding{conf: conf, root: placeOf(at.Type()), defaults: at, refused: refused != nil}
	d.checkBlock(f, nil, d.root, given)
	if err := f.Err(); err != nil {
		return err
	}
	return HideTexts(conf.Unmarshal(into), given)
}

// decoding is what is known while a configuration is checked.
type decoding struct {
	conf     *confmap.Conf
	root     place
	defaults reflect.Value
	refused  bool // by the Collector's decoder, for one value or another
}

// checkBlock checks what stands at a path. The path of a list of blocks ends in "[]".
func (d *decoding) checkBlock(f validation.Faults, path []string, p place, given map[string]any) {
	keys := p.keys()
	for _, key := range slices.Sorted(maps.Keys(given)) {
		if of, known := find(keys, key); known {
			d.checkValue(f, append(slices.Clip(path), key), of, given[key])
		} else {
			d.addUnknown(f, path, namesOf(keys), key)
		}
	}
}

// checkValue checks a value of a block. Nothing is a value of each type.
func (d *decoding) checkValue(f validation.Faults, path []string, of reflect.Type, value any) {
	last := len(path) - 1
	key, p := path[last], placeOf(of)
	block, isBlock := value.(map[string]any)
	list, isList := value.([]any)
	switch {
	case value == nil:
	case p.form == blockForm && isBlock:
		d.checkBlock(f.In(key), path, p, block)
	case (p.form == blocksForm || p.form == pairsForm) && isList && allBlocks(list):
		inList := append(path[:last:last], key+listMark)
		for i, entry := range list {
			within := f.In(key)
			if len(list) > 1 {
				within = within.In(strconv.Itoa(i)) // as the Collector counts, from 0
			}
			d.checkBlock(within, inList, placeOf(p.of), entry.(map[string]any))
		}
	case p.of == reflect.TypeFor[time.Duration]():
		if message := durationFault(value, d.defaultOf(path)); message != "" {
			f.Add(key, "%s", message)
		}
	case d.refused && p.form == scalarForm && isBlock, p.losesFraction(value), d.refused && !d.fits(path, of, value):
		f.Add(key, "%s", p.mismatch(value, d.defaultOf(path)))
	}
}

// fits asks the Collector's decoder whether a value at a path fits a type. In a list of
// blocks another block can have the value that does not, so that this one is asked alone,
// and first, because a list can be long.
func (d *decoding) fits(path []string, of reflect.Type, value any) bool {
	key := path[len(path)-1:]
	return decodes(confmap.NewFromStringMap(map[string]any{key[0]: value}), key, of) || decodes(d.conf, path, of)
}

// losesFraction reports whether the decoder would cut off the fraction of a number.
func (p place) losesFraction(value any) bool {
	number, isFloat := value.(float64)
	return isFloat && number != math.Trunc(number) && isWhole(p.of.Kind())
}

// isWhole reports whether a type has whole numbers alone.
func isWhole(kind reflect.Kind) bool { return reflect.Int <= kind && kind <= reflect.Uint64 }

// listMark ends a key of a path that has a list of blocks.
const listMark = "[]"

func allBlocks(list []any) bool {
	return !slices.ContainsFunc(list, func(entry any) bool {
		_, isBlock := entry.(map[string]any)
		return !isBlock
	})
}

// decodes asks the Collector's decoder whether the value at a path fits a type.
func decodes(conf *confmap.Conf, path []string, of reflect.Type) bool {
	for _, key := range slices.Backward(path) {
		name, isList := strings.CutSuffix(key, listMark)
		if isList {
			of = reflect.SliceOf(of)
		}
		of = reflect.StructOf([]reflect.StructField{{Name: "Value", Type: of, Tag: reflect.StructTag(confmap.MapstructureTag + `:"` + name + `"`)}})
	}
	return conf.Unmarshal(reflect.New(of).Interface(), confmap.WithIgnoreUnused()) == nil
}

// defaultOf is the default at a path. It is invalid if there is none.
func (d *decoding) defaultOf(path []string) reflect.Value {
	at := d.defaults
	for _, key := range path {
		if at = fieldOf(held(at), key); !at.IsValid() {
			return at
		}
	}
	return held(at)
}

// held is what a pointer or an optional value holds. It is invalid if that is nothing.
func held(v reflect.Value) reflect.Value {
	if v.IsValid() && v.CanAddr() && placeOf(v.Type()).optional {
		v = v.Addr().MethodByName("Get").Call(nil)[0]
	}
	for v.IsValid() && v.Kind() == reflect.Pointer {
		v = v.Elem()
	}
	return v
}

// fieldOf is the field of a struct that has a key.
func fieldOf(v reflect.Value, key string) reflect.Value {
	if !v.IsValid() || v.Kind() != reflect.Struct {
		return reflect.Value{}
	}
	for i := range v.NumField() {
		name, mode, _ := strings.Cut(v.Type().Field(i).Tag.Get(confmap.MapstructureTag), ",")
		if mode == "squash" {
			if found := fieldOf(v.Field(i), key); found.IsValid() {
				return found
			}
		} else if name == key {
			return v.Field(i)
		}
	}
	return reflect.Value{}
}
