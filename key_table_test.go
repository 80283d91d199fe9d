// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestKeyTableFindsEachKeyAndNoOther(t *testing.T) {
	m := newMappings(nil)
	table := newTable(m)
	for key, a := range m {
		found := find(table, key)
		require.NotNil(t, found, key)
		assert.Equal(t, keyValue[mapping]{key, a}, *found, key)
		assert.Same(t, found, find(table, []byte(key)), key)
		for _, other := range []string{key + "x", key[:len(key)-1], "x" + key[1:], key[:len(key)/2] + "\x00" + key[len(key)/2+1:]} {
			_, known := m[other]
			assert.Equal(t, known, find(table, other) != nil, other)
		}
	}
	assert.Nil(t, find(table, ""))
	assert.Nil(t, find(newTable[mapping](nil), "url.path"))
}

// TestKeyTableHasShortChains shows that the hash spreads the known keys, of
// which many begin and end alike.
func TestKeyTableHasShortChains(t *testing.T) {
	longest, chain := 0, 0
	for _, s := range builtinKeys.slots {
		if chain++; s.key == "" {
			chain = 0
		}
		longest = max(longest, chain)
	}
	assert.LessOrEqual(t, longest, 24)
}

func BenchmarkKeyTable(b *testing.B) {
	keys := []string{"http.request.method", "url.path", "network.protocol.version", "http.request.header.x-forwarded-for", "db.system.name"}
	b.Run("by=table", func(b *testing.B) {
		for b.Loop() {
			for _, key := range keys {
				find(builtinKeys, key)
			}
		}
	})
	b.Run("by=map", func(b *testing.B) {
		m := newMappings(nil)
		for b.Loop() {
			for _, key := range keys {
				_ = m[key]
			}
		}
	})
}
