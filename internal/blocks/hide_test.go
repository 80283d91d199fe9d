// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package blocks

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestTextsAreHiddenInEachFormThatAMessageShows(t *testing.T) {
	for message, c := range map[string]struct {
		given any
		want  string
	}{
		`open /etc/certificate: no such file`:          {"/etc/certificate", "open ...: no such file"},
		`invalid type "canary-canary"`:                 {" canary-canary/x", `invalid type "..."`},
		`time: invalid duration "a\ncanary-canary"`:    {"a\ncanary-canary", `time: invalid duration "..."`},
		`'timeout' missing unit in duration "30"`:      {"30", `'timeout' missing unit in duration "30"`},
		`"canary-canary" and "canary-canary-canary"`:   {[]any{"canary-canary", map[string]any{"x": "canary-canary-canary"}}, `"..." and "..."`},
		`key_file: open canary-canary: no such file`:   {map[string]any{"key_file": []any{"canary-canary"}}, "key_file: open ...: no such file"},
		`expected type 'bool', got unconvertible type`: {nil, `expected type 'bool', got unconvertible type`},
	} {
		t.Run(message, func(t *testing.T) {
			assert.EqualError(t, HideTexts(errors.New(message), c.given), c.want)
		})
	}
}

func TestAnErrorWithoutTextsStaysTheSame(t *testing.T) {
	err := errors.New("down")
	assert.Same(t, err, HideTexts(err, "canary-canary"))
	assert.NoError(t, HideTexts(nil, "canary-canary"))
}
