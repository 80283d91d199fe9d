// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package schema

import (
	"cmp"
	"encoding"
	"reflect"
	"strings"
	"time"

	"go.opentelemetry.io/collector/config/configopaque"
)

// Option is a key of a configuration, or a block of keys.
type Option struct {
	// Key is the option's own name, and Path the names of all blocks above and its own,
	// joined by "::".
	Key, Path string
	// Kind is the form of the value: block, secret, string, bool, number, duration, list,
	// map, or any.
	Kind string
	// Item is the form of an entry of a list or a map.
	Item *Option
	// Comment is the comment of the field, in which the key stands for the field's name.
	Comment string
	// Default is the value of an option that is not given; nil if there is none.
	Default any
	// Choices are the only texts that a string may have; nil if there are others.
	Choices []string
	// Options are the keys of a block.
	Options []Option
}

// Source is what the description is made from.
type Source struct {
	// Comments are those of the fields, as ReadComments returns them.
	Comments Comments
	// Defaults are the values of all keys, as the Collector marshals them.
	Defaults map[string]any
	// Choices are the texts that an option may have, by its path.
	Choices map[string][]string
	// Meanings stand instead of comments, by path, for options of others that mean
	// something of their own here.
	Meanings map[string]string
}

// Describe returns the options of a struct.
func Describe(of reflect.Type, from Source) []Option {
	return from.options(of, "", from.Defaults)
}

// options are the keys of a struct. Its squashed fields add theirs.
func (s *Source) options(of reflect.Type, above string, defaults map[string]any) []Option {
	var all []Option
	for i := range of.NumField() {
		field := of.Field(i)
		name, mode, _ := strings.Cut(field.Tag.Get("mapstructure"), ",")
		switch {
		case mode == "squash" || mode == "squash,omitempty":
			all = append(all, s.options(field.Type, above, defaults)...)
		case name == "" || name == "-" || !field.IsExported():
		default:
			option := s.option(field.Type, above+name, defaults[name])
			option.Key = name
			option.Comment = cmp.Or(s.Meanings[option.Path], s.Comments.of(of, field.Name, name))
			all = append(all, option)
		}
	}
	return all
}

var (
	duration = reflect.TypeFor[time.Duration]()
	secret   = reflect.TypeFor[configopaque.String]()
	headers  = reflect.TypeFor[configopaque.MapList]()
	text     = reflect.TypeFor[encoding.TextUnmarshaler]()
)

// option describes a value of a type.
func (s *Source) option(of reflect.Type, path string, value any) Option {
	o := Option{Path: path, Default: value, Choices: s.Choices[path]}
	if of.Kind() == reflect.Pointer {
		of = of.Elem()
	}
	inner, isOptional := optional(of)
	switch {
	case of == duration:
		o.Kind = "duration"
	case of == secret:
		o.Kind = "secret"
	case of == headers:
		o.Kind, o.Item = "map", &Option{Kind: "secret"}
	case isOptional:
		o.Kind = "block"
		o.Options = append([]Option{s.enabled(path+"::enabled", blockOf(value))}, s.options(inner, path+"::", blockOf(value))...)
	case reflect.PointerTo(of).Implements(text):
		o.Kind = "string"
	default:
		s.byKind(&o, of, value)
	}
	return o
}

// enabled is the key that each optional block has besides those of its type. Its default
// says whether the block is there without being written.
func (s *Source) enabled(path string, block map[string]any) Option {
	off := "false is as if the block were not there."
	if block["enabled"] == "true" {
		off = "false turns off what is on without the block."
	}
	comment := cmp.Or(s.Meanings[path], off)
	return Option{Key: "enabled", Path: path, Kind: "bool", Comment: comment, Default: block["enabled"]}
}

// byKind describes a value whose type has no meaning of its own.
func (s *Source) byKind(o *Option, of reflect.Type, value any) {
	switch of.Kind() {
	case reflect.Struct:
		o.Kind, o.Default = "block", nil
		o.Options = s.options(of, o.Path+"::", blockOf(value))
	case reflect.String:
		o.Kind = "string"
	case reflect.Bool:
		o.Kind = "bool"
	case reflect.Slice, reflect.Map:
		o.Kind = "list"
		if of.Kind() == reflect.Map {
			o.Kind = "map"
		}
		item := s.option(of.Elem(), o.Path+"[]", nil)
		o.Item = &item
	case reflect.Interface:
		o.Kind = "any"
	default:
		o.Kind = "number"
	}
}

// optional is the type within a configoptional.Optional.
func optional(of reflect.Type) (reflect.Type, bool) {
	if !strings.HasPrefix(of.Name(), "Optional[") {
		return nil, false
	}
	get, ok := reflect.PointerTo(of).MethodByName("Get")
	if !ok {
		return nil, false
	}
	inner := get.Type.Out(0).Elem()
	return inner, inner.Kind() == reflect.Struct
}

func blockOf(value any) map[string]any {
	block, _ := value.(map[string]any)
	return block
}
