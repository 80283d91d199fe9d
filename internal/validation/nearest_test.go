// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package validation

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestTheNearestNameIsTheOneThatWasMeant(t *testing.T) {
	names := []string{"endpoint", "timeout", "headers", "access_token", "access_token_file", "max_size", "min_size", "x"}
	for name, want := range map[string]string{
		"endpiont": "endpoint", "Endpoint": "endpoint", "endpoints": "endpoint", "end_point": "endpoint", "ENDPOINT": "endpoint",
		"time-out": "timeout", "timeot": "timeout", "header": "headers", "accessToken": "access_token", "token": "access_token",
		"token_file": "access_token_file", "access.token.file": "access_token_file", "maxsize": "max_size", "mix_size": "max_size", "mim_size": "min_size",
		"": "", "_": "", "colour": "", "end": "", "head": "headers", "access": "access_token", "y": "", strings.Repeat("endpoint", 20): "", "size": "max_size", "to": "",
	} {
		t.Run(name, func(t *testing.T) {
			assert.Equal(t, want, Nearest(name, names))
		})
	}
}

func TestASlipIsOneEdit(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{
		{"", "", 0},
		{"abc", "", 3},
		{"", "abc", 3},
		{"abc", "abc", 0},
		{"abc", "acb", 1},
		{"abc", "abx", 1},
		{"abc", "abcd", 1},
		{"abc", "bc", 1},
		{"abcd", "badc", 2},
		{"garden", "warding", 3},
	} {
		assert.Equal(t, c.want, edits(c.a, c.b), "%s, %s", c.a, c.b)
	}
}

func FuzzNearestEndsAndChoosesANameOrNone(f *testing.F) {
	f.Add("endpiont", "endpoint")
	f.Add("\xff__", "..")
	f.Fuzz(func(t *testing.T, name, known string) {
		got := Nearest(name, []string{known})
		assert.True(t, got == "" || got == known)
		if plain(name) == plain(known) && plain(name) != "" && len(plain(name)) <= maxNameBytes && len(plain(name)) > 1 {
			assert.Equal(t, known, got)
		}
	})
}
