// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package boltfile

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
)

// sample is a file that bbolt v1.5.0 wrote as file_storage uses it: a bucket with the keys
// 0 to 59, each in a transaction of its own, and then qmv0.
func sample(tb testing.TB) []byte {
	tb.Helper()
	return fixture.Unpack(tb, filepath.Join("testdata", "queue.db.gz"))
}

const (
	sampleKeys = 61
	pageSize   = 4096
)

func sampleValue(key string) string {
	if key == "qmv0" {
		return "notes"
	}
	size := 40
	if i := 0; must(fmt.Sscan(key, &i)) == 1 && i%12 == 5 {
		size = 500
	}
	return strings.Repeat("value "+key+";", size)
}

func must(n int, _ error) int { return n }

// readable is each key with its value, as of a transaction.
func readable(tb testing.TB, content []byte, age int) (values map[string]string, damage error) {
	tb.Helper()
	f, err := Open(bytes.NewReader(content))
	if err != nil {
		return nil, err
	}
	values = map[string]string{}
	if age >= f.Transactions() {
		return values, nil
	}
	damage = f.Walk(age, func(p Pair) {
		value, err := f.Value(p)
		require.NoError(tb, err, "what is found lies within the file")
		values[string(p.Key)] = string(value)
	})
	return values, damage
}

func TestAWholeFileIsReadAsBboltWroteIt(t *testing.T) {
	values, damage := readable(t, sample(t), 0)
	require.NoError(t, damage)
	require.Len(t, values, sampleKeys)
	for key, value := range values {
		require.Equal(t, sampleValue(key), value, key)
	}
	values, damage = readable(t, sample(t), 1)
	require.NoError(t, damage)
	assert.Len(t, values, sampleKeys-1, "the last transaction added a key")
}

// TestADamagedPageLosesOnlyWhatIsOnIt damages each page in turn.
func TestADamagedPageLosesOnlyWhatIsOnIt(t *testing.T) {
	whole := sample(t)
	random := rand.New(rand.NewPCG(1, 2)) // #nosec G404 -- damage that can be repeated
	damages := map[string]func([]byte){
		"zeroed":    func(page []byte) { clear(page) },
		"set":       func(page []byte) { copy(page, bytes.Repeat([]byte{0xff}, len(page))) },
		"misplaced": func(page []byte) { copy(page, whole[3*pageSize:4*pageSize]) },
		"scrambled": func(page []byte) {
			for i := range page {
				page[i] = byte(random.Uint32())
			}
		},
	}
	found := 0
	for name, damage := range damages {
		for page := range len(whole) / pageSize {
			content := slices.Clone(whole)
			damage(content[page*pageSize:][:pageSize])
			last, err := readable(t, content, 0)
			before, _ := readable(t, content, 1)
			if err == nil {
				assert.GreaterOrEqual(t, len(last), sampleKeys-1, "%s page %d is not missed", name, page)
				continue
			}
			found++
			for key := range before {
				last[key] = ""
			}
			assert.Greater(t, len(last), sampleKeys-10, "%s page %d: %v", name, page, err)
		}
	}
	assert.Greater(t, found, len(damages)*10, "damage is found")
}

func TestACutFileIsDamaged(t *testing.T) {
	whole := sample(t)
	_, err := Open(bytes.NewReader(nil))
	require.ErrorIs(t, err, ErrNoRoot)
	_, err = Open(bytes.NewReader(whole[:100]))
	require.NoError(t, err, "its first page is there")
	f, err := Open(bytes.NewReader(whole[:3*pageSize]))
	require.NoError(t, err)
	require.ErrorContains(t, f.Check(), "EOF")
}

func TestAnotherVersionIsNotDamage(t *testing.T) {
	content := sample(t)
	for page := range 2 {
		content[page*pageSize+headerSize+4]++
	}
	_, err := Open(bytes.NewReader(content))
	require.ErrorIs(t, err, ErrVersion)
}

func TestAFileWithoutAFirstPageIsReadFromItsSecond(t *testing.T) {
	for page := range 2 {
		content := sample(t)
		clear(content[page*pageSize:][:pageSize])
		f, err := Open(bytes.NewReader(content))
		require.NoError(t, err)
		assert.Equal(t, 1, f.Transactions())
		assert.NoError(t, f.Check())
	}
}

// FuzzWalk changes bytes of a file. Nothing that is found may lie outside it, and no
// page may be walked twice.
func FuzzWalk(f *testing.F) {
	whole := sample(f)
	f.Add(uint32(2*pageSize), []byte{0, 0, 0, 0})
	f.Add(uint32(pageSize+headerSize+40), []byte{1, 0, 0, 0, 0, 0, 0, 0})
	f.Add(uint32(5*pageSize+10), []byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff})
	f.Fuzz(func(t *testing.T, at uint32, change []byte) {
		content := slices.Clone(whole)
		copy(content[int(at)%len(content):], change)
		for age := range 2 {
			values, _ := readable(t, content, age)
			assert.Less(t, len(values), len(content)/elementSize)
		}
	})
}
