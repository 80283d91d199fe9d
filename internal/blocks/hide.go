// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package blocks

import (
	"cmp"
	"errors"
	"slices"
	"strconv"
	"strings"
)

// HideTexts returns an error of the Collector without the texts of the configuration that
// it shows, because each may be a secret in the wrong place. Given are texts, and maps and
// lists that hold them. The error keeps its keys and its reasons. Shorter texts than
// minHiddenBytes stay: they are words for a setting, and no secrets.
func HideTexts(err error, given ...any) error {
	if err == nil {
		return nil
	}
	message := err.Error()
	for _, text := range hiddenForms(given) {
		message = strings.ReplaceAll(message, text, "...")
	}
	if message == err.Error() {
		return err
	}
	return errors.New(message)
}

// minHiddenBytes is less than any secret of the APIs or of a proxy should have.
const minHiddenBytes = 8

// hiddenForms are the texts as a message may show them: whole, quoted, and cut to a part
// of theirs. A longer form comes before those that it contains.
func hiddenForms(given []any) (forms []string) {
	for _, value := range given {
		switch value := value.(type) {
		case string:
			quoted := strconv.Quote(value)
			forms = append(append(forms, value, quoted[1:len(quoted)-1], strings.TrimSpace(value)), strings.FieldsFunc(value, endsPart)...)
		case []any:
			forms = append(forms, hiddenForms(value)...)
		case map[string]any:
			for _, inner := range value {
				forms = append(forms, hiddenForms([]any{inner})...)
			}
		}
	}
	forms = slices.DeleteFunc(forms, func(s string) bool { return len(s) < minHiddenBytes })
	slices.SortFunc(forms, func(a, b string) int { return cmp.Or(cmp.Compare(len(b), len(a)), strings.Compare(a, b)) })
	return slices.Compact(forms)
}

// endsPart reports whether a character ends a part of a text, such as a folder of a path.
func endsPart(r rune) bool {
	return r <= ' ' || r == 0x7f || strings.ContainsRune(`/\:;,=@?#&<>()[]{}"'$`+"`", r)
}
