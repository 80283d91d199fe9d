// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package accesslog

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestPairsAreReadInOrder(t *testing.T) {
	for name, c := range map[string]struct {
		line     string
		want     []string // keys and texts by turns
		isCutOff bool
	}{
		"empty":                      {"", nil, false},
		"Heroku":                     {`at=info path="/p?a=b c" status=200`, []string{"at", "info", "path", "/p?a=b c", "status", "200"}, false},
		"a word alone":               {`2026-05-04T09:15:02Z method=GET`, []string{"", "2026-05-04T09:15:02Z", "method", "GET"}, false},
		"an equals sign in a text":   {`q=a=b`, []string{"q", "a=b"}, false},
		"escapes stay":               {`ua="a\"b" c=1`, []string{"ua", `a\"b`, "c", "1"}, false},
		"cut off in quotation marks": {`a=1 ua="curl`, []string{"a", "1"}, true},
		"a quotation mark in a word": {`say "a=1"`, []string{"", "say", `"a`, `1"`}, false},
		"a key without a text":       {`user_agent= status=200 path=`, []string{"user_agent", "", "status", "200", "path", ""}, false},
		"spaces at both ends":        {`  a=1  b=2  `, []string{"a", "1", "b", "2"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			p := NewPairs(c.line)
			var got []string
			for key, text := range p.All() {
				got = append(got, key, text)
			}
			assert.Equal(t, c.want, got)
			assert.Equal(t, c.isCutOff, p.IsCutOff)
		})
	}
}

func TestNoMorePairsAreReadThanALineCanHave(t *testing.T) {
	p := NewPairs(strings.Repeat("a=1 ", 2*maxPairs))
	read := 0
	for range p.All() {
		read++
	}
	assert.Equal(t, maxPairs, read)
}
