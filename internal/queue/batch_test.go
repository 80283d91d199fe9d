// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package queue

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"go.opentelemetry.io/collector/exporter/exporterhelper"

	"github.com/agentvisits/agentvisitsexporter/internal/destination"
)

func TestBodyOfABatch(t *testing.T) {
	for name, want := range map[string]string{"known_agents": "[{\"a\":1},\n{\"b\":2}]", "scrunch": "{\"a\":1}\n{\"b\":2}\n"} {
		t.Run(name, func(t *testing.T) {
			b := lineUp(allDestinations()[name].Framing, `{"a":1}`, `{"b":2}`)
			body := bytes.Join(b.BodyParts(), nil)
			assert.Equal(t, want, string(body))
			assert.Equal(t, len(want), b.BytesSize())
			assert.Equal(t, 2, b.ItemsCount())
		})
	}
}

func TestABatchWithoutVisitsHasABodyWithoutVisits(t *testing.T) {
	for name, d := range allDestinations() {
		t.Run(name, func(t *testing.T) {
			b := &Batch{Framing: &d.Framing}
			assert.Equal(t, d.Framing.Open+d.Framing.End, string(bytes.Join(b.BodyParts(), nil)))
			assert.Zero(t, b.BytesSize(), "it is not sent")
		})
	}
}

func TestMergeSplitWithoutLimitMerges(t *testing.T) {
	for name, d := range allDestinations() {
		for _, sizer := range []exporterhelper.RequestSizerType{inBytes, inItems} {
			t.Run(name+" "+sizer.String(), func(t *testing.T) {
				b := lineUp(d.Framing, fakeVisit(1, 100), fakeVisit(2, 200))
				parts := mergeSplit(t, b, 0, sizer, lineUp(d.Framing, fakeVisit(3, 300)))
				require.Len(t, parts, 1)
				assert.Equal(t, []string{fakeVisit(1, 100), fakeVisit(2, 200), fakeVisit(3, 300)}, visitsOf(t, parts[0]))

				parts = mergeSplit(t, parts[0], 0, sizer, nil)
				require.Len(t, parts, 1)
				assert.Equal(t, 3, parts[0].ItemsCount())

				parts = mergeSplit(t, parts[0], 0, sizer, (*Batch)(nil))
				require.Len(t, parts, 1)
				assert.Equal(t, 3, parts[0].ItemsCount())
			})
		}
	}
}

func TestMergeSplitFillsBodiesExactly(t *testing.T) {
	for name, d := range allDestinations() {
		t.Run(name, func(t *testing.T) {
			three := lineUp(d.Framing, fakeVisit(1, 100), fakeVisit(2, 100), fakeVisit(3, 100)).BytesSize()
			for _, c := range []struct{ maxSize, first int }{{three, 3}, {three - 1, 2}, {three + 1, 3}} {
				b := lineUp(d.Framing, fakeVisit(1, 100), fakeVisit(2, 100))
				parts := mergeSplit(t, b, c.maxSize, inBytes, lineUp(d.Framing, fakeVisit(3, 100), fakeVisit(4, 100)))
				require.Len(t, parts, 2)
				assert.Equal(t, c.first, parts[0].ItemsCount())
				assert.Equal(t, 4-c.first, parts[1].ItemsCount())
			}
		})
	}
}

func TestMergeSplitLeavesALargeVisitAlone(t *testing.T) {
	for name, d := range allDestinations() {
		t.Run(name, func(t *testing.T) {
			b := lineUp(d.Framing, fakeVisit(1, 50), fakeVisit(2, 500), fakeVisit(3, 50))
			parts := mergeSplit(t, b, 200, inBytes, nil)
			require.Len(t, parts, 3)
			assert.Equal(t, []string{fakeVisit(1, 50)}, visitsOf(t, parts[0]))
			assert.Equal(t, []string{fakeVisit(2, 500)}, visitsOf(t, parts[1]))
			assert.Equal(t, []string{fakeVisit(3, 50)}, visitsOf(t, parts[2]))

			parts = mergeSplit(t, lineUp(d.Framing, fakeVisit(2, 500)), 200, inBytes, nil)
			require.Len(t, parts, 1)
			assert.Equal(t, []string{fakeVisit(2, 500)}, visitsOf(t, parts[0]))

			parts = mergeSplit(t, lineUp(d.Framing, fakeVisit(1, 50), fakeVisit(2, 500)), 200, inBytes, nil)
			require.Len(t, parts, 2)
			assert.Equal(t, []string{fakeVisit(1, 50)}, visitsOf(t, parts[0]))
			assert.Equal(t, []string{fakeVisit(2, 500)}, visitsOf(t, parts[1]), "one visit cannot be cut")
		})
	}
}

// TestMergeSplitByItemsKeepsTheOrder has a visit that is larger than the
// others, which must not matter where visits are counted.
func TestMergeSplitByItemsKeepsTheOrder(t *testing.T) {
	f := allDestinations()["scrunch"].Framing
	b := lineUp(f, fakeVisit(1, 50), fakeVisit(2, 50), fakeVisit(3, 50), fakeVisit(4, 50), fakeVisit(5, 500))
	parts := mergeSplit(t, b, 2, inItems, nil)
	require.Len(t, parts, 3)
	assert.Equal(t, []string{fakeVisit(5, 500)}, visitsOf(t, parts[2]), "the smallest in visits stands last")
}

// TestMergeSplitContract checks what the queue demands, with batches of random
// sizes: the limit holds, the first result holds all of the current batch, the
// last is the smallest, and every visit is in exactly one.
func TestMergeSplitContract(t *testing.T) {
	const largest = 640 // of a visit; a limit is at least two, as the configuration demands
	random := rand.New(rand.NewPCG(1, 2))
	for name, d := range allDestinations() {
		t.Run(name, func(t *testing.T) {
			for range 2000 {
				number := 0
				visits := func(n int) []string {
					made := make([]string, n)
					for i := range made {
						number++
						made[i] = fakeVisit(number, 10+random.IntN(largest-10))
					}
					return made
				}
				sizer, maxSize := inBytes, 2*largest+random.IntN(3*largest)
				if random.IntN(2) == 0 {
					sizer, maxSize = inItems, 1+random.IntN(10)
				}
				// A current batch is what was left of an earlier one.
				left := mergeSplit(t, inMemory(random, d.Framing, visits(1+random.IntN(10))), maxSize, sizer, nil)
				current := left[len(left)-1]
				old := visitsOf(t, current)
				added := visits(1 + random.IntN(30))

				parts := mergeSplit(t, current, maxSize, sizer, inMemory(random, d.Framing, added))
				var all []string
				last := sizeOf(parts[len(parts)-1], sizer)
				for i, part := range parts {
					require.LessOrEqual(t, sizeOf(part, sizer), maxSize)
					require.GreaterOrEqual(t, sizeOf(part, sizer), last, "part %d of %d", i, len(parts))
					all = append(all, visitsOf(t, part)...)
				}
				require.ElementsMatch(t, append(old, added...), all)
				require.Equal(t, old, visitsOf(t, parts[0])[:len(old)], "the first holds the current batch")
			}
		})
	}
}

// TestPartsShareNoMemory merges into each part and looks at the others.
func TestPartsShareNoMemory(t *testing.T) {
	f := allDestinations()["known_agents"].Framing
	whole := lineUp(f, fakeVisit(0, 60))
	for i := range 100 { // copied together, with room to grow into
		whole.Merge(lineUp(f, fakeVisit(i+1, 60)))
	}
	parts := mergeSplit(t, whole, 1000, inBytes, nil)
	require.Greater(t, len(parts), 3)
	var before [][]string
	for _, part := range parts {
		before = append(before, visitsOf(t, part))
	}
	for i, part := range parts {
		mergeSplit(t, part, 0, inBytes, lineUp(f, fakeVisit(1000+i, 60)))
	}
	for i, part := range parts {
		assert.Equal(t, append(before[i], fakeVisit(1000+i, 60)), visitsOf(t, part))
	}
}

// TestAnEmptyBatchTakesTheAgeOfWhatIsMerged: delivery collects what is unsent so.
func TestAnEmptyBatchTakesTheAgeOfWhatIsMerged(t *testing.T) {
	f := allDestinations()["scrunch"].Framing
	rest := &Batch{Framing: &f}
	for _, since := range []int64{2_000, 1_000, 3_000} {
		part := lineUp(f, fakeVisit(1, 50))
		part.Since = since
		rest.Merge(part)
	}
	assert.EqualValues(t, 1_000, rest.Since)
	assert.Len(t, visitsOf(t, rest), 3)
}

func TestTheOldestVisitsAgeSurvivesMergingCuttingAndStorage(t *testing.T) {
	f := allDestinations()["known_agents"].Framing
	older, newer := lineUp(f, someVisits(3)...), lineUp(f, someVisits(3)...)
	older.Since, newer.Since = 1_000, 2_000
	parts, err := newer.MergeSplit(t.Context(), 4, exporterhelper.RequestSizerTypeItems, older)
	require.NoError(t, err)
	require.Len(t, parts, 2)

	encoding := NewEncoding(destination.NewSite(destination.KnownAgents(&destination.KnownAgentsConfig{}, nil, nil), ""), nil)
	for _, part := range parts {
		stored, err := encoding.Marshal(t.Context(), part)
		require.NoError(t, err)
		_, read, err := encoding.Unmarshal(stored)
		require.NoError(t, err)
		assert.EqualValues(t, 1_000, read.(*Batch).Since)
	}
}
