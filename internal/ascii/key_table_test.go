// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package ascii_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agentvisits/agentvisitsexporter/internal/ascii"
	"github.com/agentvisits/agentvisitsexporter/internal/mapping"
)

// keySets are keys of the forms that are hard or easy for the hash.
func keySets() map[string]map[string]int {
	random := rand.New(rand.NewPCG(1, 2))
	similar, sameHash, anyBytes, short := map[string]int{}, map[string]int{}, map[string]int{}, map[string]int{}
	for i := range 3000 {
		similar[fmt.Sprintf("http.request.header.x-%d%s-forwarded-for", i, strings.Repeat("x", i%7))] = i
		key := make([]byte, random.IntN(40))
		for at := range key {
			key[at] = byte(random.Uint32())
		}
		anyBytes[string(key)] = i
	}
	for i := range 50 {
		sameHash[fmt.Sprintf("http.request.%02d.original", i)] = i
	}
	for i := range 256 {
		short[string([]byte{byte(i)})] = i
		short[string([]byte{'a', byte(i)})] = i
		short[string([]byte{'a', byte(i), 'c'})] = i
	}
	return map[string]map[string]int{
		"keys that begin and end alike":                similar,
		"keys of one hash":                             sameHash,
		"random keys, the empty one among them":        anyBytes,
		"keys of up to three bytes":                    short,
		"a single key":                                 {"url.path": 1},
		"no key":                                       {},
		"the empty key, which is left out of the rest": {"": 1},
	}
}

func TestKeyTableFindsEachKeyAndNoOther(t *testing.T) {
	for name, keys := range keySets() {
		t.Run(name, func(t *testing.T) {
			table := ascii.NewTable(keys)
			assert.Nil(t, ascii.Find(table, ""))
			assert.Nil(t, ascii.Find(table, "network.protocol.version"))
			for key, value := range keys {
				if key == "" {
					continue
				}
				found := ascii.Find(table, key)
				require.NotNil(t, found, key)
				assert.Equal(t, ascii.KeyValue[int]{Key: key, Value: value}, *found, key)
				assert.Same(t, found, ascii.Find(table, []byte(key)), key)
				for _, other := range []string{key + "x", key[:len(key)-1], "x" + key[1:], key[:len(key)/2] + "\x00" + key[len(key)/2+1:]} {
					_, known := keys[other]
					assert.Equal(t, known && other != "", ascii.Find(table, other) != nil, other)
				}
			}
		})
	}
}

// TestKeyTableHasShortChains shows that the hash spreads the known attribute keys,
// although many of them begin and end alike.
func TestKeyTableHasShortChains(t *testing.T) {
	assert.LessOrEqual(t, ascii.NewTable(mapping.New(nil)).LongestChain(), 24)
}
