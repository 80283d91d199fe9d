// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestHeadersThatNodeReadAsLatin1AreReadAgain(t *testing.T) {
	latin1 := func(s string) string {
		runes := make([]rune, 0, len(s))
		for _, c := range []byte(s) {
			runes = append(runes, rune(c))
		}
		return string(runes)
	}
	for _, text := range []string{"", "Bot/1.0", "ÜnïBot/1.0 (日本 🦙)", "é"} {
		assert.Equal(t, text, fromLatin1(latin1(text)), "misread")
		assert.Equal(t, text, fromLatin1(text), "read well")
	}
	for _, text := range []string{"Bot \xff", "Bot \xc3", "caf\xc3\xa9 \xff", "Ã alone", "naïve Ã¼"} {
		assert.Equal(t, text, fromLatin1(text), "not to be told")
	}
}

func TestCaddysTextsAreTakenAsTheyAre(t *testing.T) {
	const agent = `Bot/1.0 \x22`
	isCaddy := func(s source) bool { return s.name == "Caddy access log" }
	for id, want := range map[int]string{0: `Bot/1.0 "`, slices.IndexFunc(sources, isCaddy): agent} {
		f := facts{source: sourceID(id)}
		f.set(userAgent, 1, agent, 0)
		f.unescape()
		assert.Equal(t, want, f.text[userAgent], sources[id].name)
	}
}
