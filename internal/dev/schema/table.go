// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package schema

import (
	"fmt"
	"strings"
)

// Table is the options as rows of Markdown: key, form, default and meaning.
func Table(options []Option) string {
	var b strings.Builder
	b.WriteString("| Key | Type | Default | Meaning |\n| --- | --- | --- | --- |\n")
	for _, o := range leaves(options) {
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", o.Path, form(&o), shown(&o), inTable(meaning(&o)))
	}
	return b.String()
}

// form is the form of a value, with that of its parts.
func form(o *Option) string {
	if o.Item == nil {
		return o.Kind
	}
	if o.Item.Kind != "block" {
		return o.Kind + " of " + form(o.Item)
	}
	keys := make([]string, len(o.Item.Options))
	for i := range keys {
		keys[i] = "`" + o.Item.Options[i].Key + "`"
	}
	return o.Kind + " of " + strings.Join(keys, ", ")
}

// shown is the default; none is shown where it only says that nothing is set.
func shown(o *Option) string {
	switch text := fmt.Sprint(o.Default); text {
	case "<nil>", "", "[]", "map[]":
		return ""
	default:
		return "`" + text + "`"
	}
}

// meaning is the comment as sentences about the key, with the choices unless it explains
// them.
func meaning(o *Option) string {
	text := o.Comment
	if rest, begins := strings.CutPrefix(text, o.Key+" "); begins {
		text = "`" + o.Key + "` " + rest
	}
	if o.Choices != nil && !strings.Contains(text, "`"+o.Choices[0]+"`") {
		text += " One of `" + strings.Join(o.Choices, "`, `") + "`."
	}
	return strings.TrimSpace(text)
}
