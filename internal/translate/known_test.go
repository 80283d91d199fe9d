// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package translate

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/agentvisits/agentvisitsexporter/internal/address"
	"github.com/agentvisits/agentvisitsexporter/internal/visit"
)

// FuzzKnown: what is remembered of a text is what reading it alone says, whatever was read
// before.
func FuzzKnown(f *testing.F) {
	f.Add("www.example.com www.example.org localhost - a.example:80,b.example https://c.example/ www.example.com")
	f.Add("10.0.0.7 10.0.0.8 10.0.0.7 203.0.113.9, 2001:db8::1  ")
	f.Fuzz(func(t *testing.T, words string) {
		var seen facts
		for text := range strings.SplitSeq(words, " ") {
			assertKnown(t, &seen, text)
		}
		seen.forget()
		assert.Zero(t, seen.hosts)
		assert.Zero(t, seen.lastPeer)
	})
}

func TestHostsThatShareASlotAreToldApart(t *testing.T) {
	var seen facts
	for range 2 {
		for i := range 300 {
			assertKnown(t, &seen, fmt.Sprintf("sites-%d.of-many.example.com", i))
			assertKnown(t, &seen, fmt.Sprintf("node-%d", i))
		}
	}
}

func assertKnown(t *testing.T, f *facts, text string) {
	t.Helper()
	if text == "" {
		return // nothing is stored of it
	}
	var alone knownHost
	alone.become(text)
	assert.Equal(t, alone, *f.hosts.of(text))
	f.reset(0)
	f.storePeer(1, text)
	ip, public := address.Best(text)
	assert.Equal(t, ip, f.text[visit.PeerIP])
	assert.Equal(t, oneIf(public), f.number[visit.PeerIP])
}
