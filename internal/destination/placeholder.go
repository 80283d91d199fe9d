// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package destination

import (
	"strings"

	"github.com/agentvisits/agentvisitsexporter/internal/ascii"
)

// isPlaceholder recognises what a template, an example or a print of the configuration
// has instead of a secret: a variable that nobody replaced, an ellipsis or stars, a row of
// x, or words such as "your token" and "changeme".
func isPlaceholder(s string) bool {
	if s == "" {
		return false
	}
	switch s[:1] + s[len(s)-1:] {
	case "<>", "[]", "%%":
		return true
	}
	if strings.Contains(s, "${") || strings.Contains(s, "{{") || s[0] == '$' {
		return true
	}
	words := placeholderForm(s)
	return words == "" || isRow(words) || placeholderWords[words] || hasAnyPrefix(words, placeholderBeginnings)
}

// isRow recognises a row of x. A longer one is a test of long secrets.
func isRow(words string) bool {
	return 3 <= len(words) && len(words) <= 64 && strings.Trim(words, "x") == ""
}

// placeholderForm is a text in lower case with its letters and digits of ASCII alone.
func placeholderForm(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, strings.ToLower(s))
}

// placeholderWords are whole placeholders, in the form of placeholderForm.
var placeholderWords = ascii.WordSet(`redacted placeholder todo tbd fixme none null nil undefined unset tokenhere keyhere mytoken myaccesstoken myapikey`)

// placeholderBeginnings are how longer placeholders begin.
var placeholderBeginnings = []string{
	"changeme", "changethis", "replaceme", "replacethis", "replacewith", "insert", "enteryour", "pasteyour", "putyour", "addyour",
	"youraccess", "yourapi", "yourtoken", "yourkey", "yoursecret", "yourproject", "yoursite", "yourknownagents", "yourscrunch",
}

func hasAnyPrefix(s string, prefixes []string) bool {
	for _, prefix := range prefixes {
		if strings.HasPrefix(s, prefix) {
			return true
		}
	}
	return false
}
