// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package ascii

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agentvisits/agentvisitsexporter/internal/mapping"
)

func TestKeyTableFindsEachKeyAndNoOther(t *testing.T) {
	m := mapping.New(nil)
	table := NewTable(m)
	for key, a := range m {
		found := Find(table, key)
		require.NotNil(t, found, key)
		assert.Equal(t, KeyValue[mapping.Mapping]{key, a}, *found, key)
		assert.Same(t, found, Find(table, []byte(key)), key)
		for _, other := range []string{key + "x", key[:len(key)-1], "x" + key[1:], key[:len(key)/2] + "\x00" + key[len(key)/2+1:]} {
			_, known := m[other]
			assert.Equal(t, known, Find(table, other) != nil, other)
		}
	}
	assert.Nil(t, Find(table, ""))
	assert.Nil(t, Find(NewTable[mapping.Mapping](nil), "url.path"))
}

// TestKeyTableHasShortChains shows that the hash spreads the known keys, of
// which many begin and end alike.
func TestKeyTableHasShortChains(t *testing.T) {
	longest, chain := 0, 0
	for _, s := range mapping.Builtin.slots {
		if chain++; s.Key == "" {
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
				Find(mapping.Builtin, key)
			}
		}
	})
	b.Run("by=map", func(b *testing.B) {
		m := mapping.New(nil)
		for b.Loop() {
			for _, key := range keys {
				_ = m[key]
			}
		}
	})
}
