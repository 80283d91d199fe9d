// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package queue

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"go.opentelemetry.io/collector/exporter/exporterhelper"
	"go.opentelemetry.io/collector/exporter/exporterhelper/xexporterhelper"

	"github.com/agentvisits/agentvisitsexporter/internal/destination"
	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
)

var (
	inBytes = exporterhelper.RequestSizerTypeBytes
	inItems = exporterhelper.RequestSizerTypeItems
)

// destinationsForTests are both, as tests of what they share need them.
func destinationsForTests() map[string]*destination.Destination {
	return map[string]*destination.Destination{
		"known_agents": destination.KnownAgents(&destination.KnownAgentsConfig{AccessToken: fixture.Token}, nil, nil),
		"scrunch":      destination.Scrunch(&destination.ScrunchConfig{SiteID: fixture.SiteID, APIKey: fixture.Key}),
	}
}

// fakeVisit is a JSON text of exactly size bytes that no other number has.
func fakeVisit(number, size int) string {
	visit := fmt.Sprintf(`{"%d":"`, number)
	return visit + strings.Repeat("x", max(size-len(visit)-2, 0)) + `"}`
}

// lineUp makes a batch of visits.
func lineUp(f destination.Framing, visits ...string) *Batch {
	var lines []byte
	for _, visit := range visits {
		lines = append(append(lines, visit...), f.Separator...)
	}
	return batchOf(&f, chunk{lines: lines, count: len(visits)}, 0)
}

// lineUpInChunks makes a batch in which each visit has memory of its own.
func lineUpInChunks(f destination.Framing, visits ...string) *Batch {
	b := &Batch{Framing: &f}
	for _, visit := range visits {
		c := lineUp(f, visit)
		b.chunks = append(b.chunks, c.chunks...)
		b.size += c.size
		b.Count++
	}
	return b
}

// inMemory makes a batch that lies in memory in one of all the ways that are
// possible.
func inMemory(random *rand.Rand, f destination.Framing, visits []string) *Batch {
	switch random.IntN(3) {
	case 0:
		return lineUp(f, visits...)
	case 1:
		return lineUpInChunks(f, visits...)
	}
	b := lineUp(f, visits[0]) // the others are copied together
	for _, visit := range visits[1:] {
		b.Merge(lineUp(f, visit))
	}
	return b
}

// visitsOf reads the visits back from the body that would be sent.
func visitsOf(t require.TestingT, b *Batch) []string {
	body := bytes.Join(b.BodyParts(), nil)
	require.Len(t, body, b.BytesSize(), "the size is that of the body")
	text := strings.TrimSuffix(strings.TrimPrefix(string(body), b.Framing.Open), b.Framing.End)
	visits := strings.Split(text, b.Framing.Separator)
	require.Len(t, visits, b.ItemsCount())
	for _, visit := range visits {
		require.True(t, json.Valid([]byte(visit)))
	}
	return visits
}

func mergeSplit(t require.TestingT, b *Batch, maxSize int, sizer exporterhelper.RequestSizerType, next xexporterhelper.Request) []*Batch {
	requests, err := b.MergeSplit(context.Background(), maxSize, sizer, next)
	require.NoError(t, err)
	require.NotEmpty(t, requests)
	parts := make([]*Batch, len(requests))
	for i, request := range requests {
		parts[i] = request.(*Batch)
	}
	return parts
}

func sizeOf(b *Batch, sizer exporterhelper.RequestSizerType) int {
	if sizer == inItems {
		return b.ItemsCount()
	}
	return b.BytesSize()
}

func TestBodyOfABatch(t *testing.T) {
	for name, want := range map[string]string{"known_agents": "[{\"a\":1},\n{\"b\":2}]", "scrunch": "{\"a\":1}\n{\"b\":2}\n"} {
		b := lineUp(destinationsForTests()[name].Framing, `{"a":1}`, `{"b":2}`)
		body := bytes.Join(b.BodyParts(), nil)
		assert.Equal(t, want, string(body))
		assert.Equal(t, len(want), b.BytesSize())
		assert.Equal(t, 2, b.ItemsCount())
	}
}

func TestMergeSplitWithoutLimitMerges(t *testing.T) {
	for name, d := range destinationsForTests() {
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
	for name, d := range destinationsForTests() {
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
	for name, d := range destinationsForTests() {
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
		})
	}
}

// TestMergeSplitByItemsKeepsTheOrder has a visit that is larger than the
// others, which must not matter where visits are counted.
func TestMergeSplitByItemsKeepsTheOrder(t *testing.T) {
	f := destinationsForTests()["scrunch"].Framing
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
	for name, d := range destinationsForTests() {
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
	f := destinationsForTests()["known_agents"].Framing
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

func TestWhatIsLeftAfterAFailure(t *testing.T) {
	f := destinationsForTests()["scrunch"].Framing
	b := lineUp(f, fakeVisit(1, 50), fakeVisit(2, 50))
	assert.Same(t, b, b.OnError(errors.New("nothing was delivered")))

	unsent := lineUp(f, fakeVisit(2, 50))
	assert.Same(t, unsent, b.OnError(fmt.Errorf("wrapped: %w", halfDelivered{unsent})))
}

// halfDelivered is an error that knows what is left.
type halfDelivered struct{ unsent *Batch }

func (halfDelivered) Error() string { return "half was delivered" }

func (e halfDelivered) Unsent() Request { return e.unsent }

// encodingFor makes the encoding of a destination's queue and counts what it
// refuses.
func encodingFor(d *destination.Destination) (Encoding, *[]error) {
	var refused []error
	return Encoding{Destination: d, Unreadable: func(err error, _ int) { refused = append(refused, err) }}, &refused
}

func marshal(t require.TestingT, e Encoding, b *Batch) []byte {
	stored, err := e.Marshal(context.Background(), b)
	require.NoError(t, err)
	return stored
}

func TestStoredBatchReadsBackAsItWas(t *testing.T) {
	for name, d := range destinationsForTests() {
		t.Run(name, func(t *testing.T) {
			e, refused := encodingFor(d)
			for _, n := range []int{1, 2, 500} {
				b := lineUp(d.Framing, fakeVisit(0, 20))
				for i := 1; i < n; i++ {
					b.Merge(lineUp(d.Framing, fakeVisit(i, 20+i)))
				}
				stored := marshal(t, e, b)
				_, request, err := e.Unmarshal(stored)
				require.NoError(t, err)
				got := request.(*Batch)
				assert.Equal(t, b.ItemsCount(), got.ItemsCount())
				assert.Equal(t, b.BytesSize(), got.BytesSize(), "the queue's books depend on it")
				assert.Equal(t, visitsOf(t, b), visitsOf(t, got))

				clear(stored) // the storage may use its memory again
				assert.Equal(t, visitsOf(t, b), visitsOf(t, got))
			}
			assert.Empty(t, *refused)
		})
	}
}

func TestOnlyABatchCanBeStored(t *testing.T) {
	e, _ := encodingFor(destinationsForTests()["scrunch"])
	for _, request := range []xexporterhelper.Request{nil, (*Batch)(nil)} {
		_, err := e.Marshal(context.Background(), request)
		assert.Error(t, err)
	}
}

// TestStoredBatchOfAnotherDestinationIsRefused keeps visits from the wrong API
// and the wrong site after the configuration has changed.
func TestStoredBatchOfAnotherDestinationIsRefused(t *testing.T) {
	ka, sc := destinationsForTests()["known_agents"], destinationsForTests()["scrunch"]
	another := destination.Scrunch(&destination.ScrunchConfig{SiteID: "01ARZ3NDEKTSV4RRFFQ69G5FAW", APIKey: fixture.Key})
	for _, c := range []struct{ from, to *destination.Destination }{{ka, sc}, {sc, ka}, {sc, another}} {
		from, _ := encodingFor(c.from)
		to, refused := encodingFor(c.to)
		_, request, err := to.Unmarshal(marshal(t, from, lineUp(c.from.Framing, fakeVisit(1, 100))))
		require.ErrorContains(t, err, c.from.Identity())
		require.ErrorContains(t, err, c.to.Identity())
		assert.Nil(t, request)
		assert.Equal(t, []error{err}, *refused)
	}
}

// TestDamagedBatchIsRefusedOnce damages a stored batch in every place. What the
// error says goes to the log, so it must hold nothing of a visit.
func TestDamagedBatchIsRefusedOnce(t *testing.T) {
	for name, d := range destinationsForTests() {
		t.Run(name, func(t *testing.T) {
			visit := `{"visitor":"192.0.2.10 192.0.2.10 192.0.2.10 192.0.2.10"}`
			e, refused := encodingFor(d)
			stored := marshal(t, e, lineUp(d.Framing, visit, visit, visit))
			refuse := func(damaged []byte, format string, args ...any) {
				*refused = nil
				_, request, err := e.Unmarshal(damaged)
				how := fmt.Sprintf(format, args...)
				require.Error(t, err, how)
				require.NotContains(t, err.Error(), "192.0.2", how)
				require.Nil(t, request, how)
				require.Equal(t, []error{err}, *refused, how)
				if damaged[0] == batchVersion {
					_, _, ours := e.owner(damaged)
					require.True(t, ours, "it is not set aside for somebody whose name is damaged: %s", how)
				}
			}
			for length := 1; length < len(stored); length++ {
				refuse(stored[:length], "cut to %d bytes", length)
			}
			refuse(append(bytes.Clone(stored), '\n'), "one byte too many")
			refuse(append(bytes.Clone(stored), stored...), "twice")
			for i := range stored {
				for bit := range 8 {
					damaged := bytes.Clone(stored)
					damaged[i] ^= 1 << bit
					refuse(damaged, "bit %d of byte %d", bit, i)
				}
				damaged := bytes.Clone(stored)
				damaged[i] ^= 0xff
				refuse(damaged, "byte %d", i)
			}
		})
	}
}

// TestAPlaceWithoutABatchIsPassedOver: what was to stand there was counted as
// dropped when it could not be put.
func TestAPlaceWithoutABatchIsPassedOver(t *testing.T) {
	e, refused := encodingFor(destinationsForTests()["known_agents"])
	for _, stored := range [][]byte{nil, {}} {
		_, request, err := e.Unmarshal(stored)
		require.ErrorIs(t, err, errEmpty)
		require.Nil(t, request)
		require.Empty(t, *refused)
	}
}

func TestStoredBatchOfAnotherVersionIsRefused(t *testing.T) {
	d := destinationsForTests()["known_agents"]
	e, _ := encodingFor(d)
	stored := marshal(t, e, lineUp(d.Framing, fakeVisit(1, 100)))
	for _, version := range []byte{0, batchVersion + 1, 255} {
		stored[0] = version
		_, _, err := e.Unmarshal(stored)
		assert.ErrorContains(t, err, fmt.Sprintf("version %d", version))
	}
}

// FuzzUnmarshalBatch feeds anything to the reader, as it is and with the right
// version and checksum: it never panics, and what it takes is a batch whose
// books are right.
func FuzzUnmarshalBatch(f *testing.F) {
	d := destinationsForTests()["known_agents"]
	e := Encoding{Destination: d, Unreadable: func(error, int) {}}
	f.Add([]byte(nil))
	f.Add([]byte("\x0cknown_agents\x01\n"))
	f.Add([]byte("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"))
	f.Add(marshal(f, e, lineUp(d.Framing, fakeVisit(1, 30)))[contentStart:])
	f.Add(marshal(f, e, lineUp(d.Framing, fakeVisit(1, 30), fakeVisit(2, 60))))
	f.Fuzz(func(t *testing.T, content []byte) {
		sealed := binary.LittleEndian.AppendUint32([]byte{batchVersion}, crc32.Checksum(content, castagnoli))
		for _, stored := range [][]byte{content, append(sealed, content...)} {
			if len(stored) > 0 {
				_, visits, _ := e.owner(stored)
				require.Positive(t, visits)
			}
			_, request, err := e.Unmarshal(stored)
			if err != nil {
				require.Nil(t, request)
				continue
			}
			b := request.(*Batch)
			require.Positive(t, b.ItemsCount())
			body := bytes.Join(b.BodyParts(), nil)
			require.Len(t, body, b.BytesSize())
			again, err := e.read(marshal(t, e, b))
			require.NoError(t, err)
			require.Equal(t, b, again)
		}
	})
}

func TestTheOldestVisitsAgeSurvivesMergingCuttingAndStorage(t *testing.T) {
	older, newer := delivery.newBatch(3), delivery.newBatch(3)
	older.Since, newer.Since = 1_000, 2_000
	parts, err := newer.MergeSplit(t.Context(), 4, exporterhelper.RequestSizerTypeItems, older)
	require.NoError(t, err)
	require.Len(t, parts, 2)

	encoding := Encoding{Destination: destination.KnownAgents(&destination.KnownAgentsConfig{}, nil, nil)}
	for _, part := range parts {
		stored, err := encoding.Marshal(t.Context(), part)
		require.NoError(t, err)
		_, read, err := encoding.Unmarshal(stored)
		require.NoError(t, err)
		assert.EqualValues(t, 1_000, read.(*Batch).Since)
	}
}
