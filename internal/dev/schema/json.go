// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package schema

import "strings"

// JSON is a JSON schema (draft 2020-12) of a Collector's configuration: it describes the
// blocks of the named exporter, and lets everything else be.
func JSON(exporter, id string, options []Option) map[string]any {
	return map[string]any{
		"$schema": "https://json-schema.org/draft/2020-12/schema",
		"$id":     id,
		"title":   "A Collector's configuration with the exporter " + exporter,
		"type":    "object",
		"properties": map[string]any{"exporters": map[string]any{
			"type":              []string{"object", "null"},
			"patternProperties": map[string]any{"^" + exporter + "(/.+)?$": map[string]any{"$ref": "#/$defs/" + exporter}},
		}},
		"$defs": map[string]any{
			exporter: block(options),
			"reference": map[string]any{
				"description": "A reference that the Collector replaces, such as ${env:NAME}.", "type": "string", "pattern": `\$\{[^}]+\}`,
			},
		},
	}
}

// block takes the given keys and no others. An empty one has its defaults.
func block(options []Option) map[string]any {
	properties := map[string]any{}
	for i := range options {
		o := &options[i]
		value := value(o)
		if o.Comment != "" {
			value["description"] = o.Comment
		}
		if o.Default != nil && o.Kind != "block" {
			value["default"] = o.Default
		}
		properties[o.Key] = value
	}
	return map[string]any{"type": []string{"object", "null"}, "properties": properties, "additionalProperties": false}
}

// forms are the schemas of the values that have no parts.
var forms = map[string]map[string]any{
	"bool":   {"type": "boolean"},
	"number": {"type": "number"},
	// As Go reads durations.
	"duration": {"type": "string", "pattern": `^-?(\d+(\.\d*)?(ns|us|µs|ms|s|m|h))+$|^0$`},
}

// value describes a value. Instead of one that is no text there may be a reference.
func value(o *Option) map[string]any {
	switch o.Kind {
	case "block":
		return block(o.Options)
	case "string", "secret":
		s := map[string]any{"type": "string"}
		if o.Choices != nil {
			return orReference(map[string]any{"enum": o.Choices})
		}
		return s
	case "list":
		return orReference(map[string]any{"type": []string{"array", "null"}, "items": value(o.Item)})
	case "map":
		return orReference(map[string]any{"type": []string{"object", "null"}, "additionalProperties": value(o.Item)})
	case "any":
		return map[string]any{}
	case "duration": // 0 is a number in YAML
		return map[string]any{"anyOf": []any{forms[o.Kind], map[string]any{"const": 0}, reference}}
	}
	return orReference(forms[o.Kind])
}

var reference = map[string]any{"$ref": "#/$defs/reference"}

func orReference(form map[string]any) map[string]any {
	return map[string]any{"anyOf": []any{form, reference}}
}

// leaves are the options that have a value, in the order of the configuration.
func leaves(options []Option) []Option {
	var all []Option
	for _, o := range options {
		if o.Kind == "block" {
			all = append(all, leaves(o.Options)...)
			continue
		}
		all = append(all, o)
	}
	return all
}

// inTable is a text within a cell of a table.
func inTable(text string) string { return strings.ReplaceAll(text, "|", `\|`) }
