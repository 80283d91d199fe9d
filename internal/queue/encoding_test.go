// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package queue

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/exporter/exporterhelper/xexporterhelper"

	"github.com/agentvisits/agentvisitsexporter/internal/destination"
	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
	"github.com/agentvisits/agentvisitsexporter/internal/visit"
)

func TestStoredBatchReadsBackAsItWas(t *testing.T) {
	for name, d := range allDestinations() {
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
				assert.Equal(t, b.BytesSize(), got.BytesSize(), "the queue's accounting depends on it")
				assert.Equal(t, visitsOf(t, b), visitsOf(t, got))

				clear(stored) // the storage may use its memory again
				assert.Equal(t, visitsOf(t, b), visitsOf(t, got))
			}
			assert.Empty(t, *refused)
		})
	}
}

func TestOnlyABatchCanBeStored(t *testing.T) {
	e, _ := encodingFor(allDestinations()["scrunch"])
	for _, request := range []xexporterhelper.Request{nil, (*Batch)(nil)} {
		_, err := e.Marshal(context.Background(), request)
		assert.Error(t, err)
	}
}

// TestStoredBatchOfAnotherDestinationIsRefused keeps visits from the wrong API
// and the wrong site after the configuration has changed.
func TestStoredBatchOfAnotherDestinationIsRefused(t *testing.T) {
	ka, sc := allDestinations()["known_agents"], allDestinations()["scrunch"]
	another := destination.Scrunch(&destination.ScrunchConfig{SiteID: "01ARZ3NDEKTSV4RRFFQ69G5FAW", APIKey: fixture.Key})
	for name, c := range map[string]struct{ from, to *destination.Destination }{
		"to one with a site": {ka, sc}, "from one with a site": {sc, ka}, "to another site": {sc, another},
	} {
		t.Run(name, func(t *testing.T) {
			from, _ := encodingFor(c.from)
			to, refused := encodingFor(c.to)
			_, request, err := to.Unmarshal(marshal(t, from, lineUp(c.from.Framing, fakeVisit(1, 100))))
			require.ErrorContains(t, err, c.from.Identity())
			require.ErrorContains(t, err, c.to.Identity())
			assert.Nil(t, request)
			assert.Equal(t, []error{err}, *refused)
		})
	}
}

// TestDamagedBatchIsRefusedOnce damages a stored batch in every place. What the
// error says goes to the log, so it must hold nothing of a visit.
func TestDamagedBatchIsRefusedOnce(t *testing.T) {
	for name, d := range allDestinations() {
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
	e, refused := encodingFor(allDestinations()["known_agents"])
	for _, stored := range [][]byte{nil, {}} {
		_, request, err := e.Unmarshal(stored)
		require.ErrorIs(t, err, errEmpty)
		require.Nil(t, request)
		require.Empty(t, *refused)
	}
}

func TestStoredBatchOfAnotherVersionIsRefused(t *testing.T) {
	d := allDestinations()["known_agents"]
	e, _ := encodingFor(d)
	stored := marshal(t, e, lineUp(d.Framing, fakeVisit(1, 100)))
	for _, version := range []byte{0, mixedVersion + 1, 255} {
		t.Run(fmt.Sprintf("version %d", version), func(t *testing.T) {
			stored[0] = version
			_, _, err := e.Unmarshal(stored)
			assert.ErrorContains(t, err, fmt.Sprintf("version %d", version))
		})
	}
}

// sealed is a stored batch with the right version and checksum, whatever it holds.
func sealed(content []byte) []byte {
	stored := binary.LittleEndian.AppendUint32([]byte{batchVersion}, crc32.Checksum(content, castagnoli))
	return append(stored, content...)
}

// TestNumbersUnderAWrongChecksumAreBelievedOnlyIfRealVisitsCanHaveThem counts the visits
// of blocks that are cut off.
func TestNumbersUnderAWrongChecksumAreBelievedOnlyIfRealVisitsCanHaveThem(t *testing.T) {
	d := allDestinations()["scrunch"]
	e := NewEncoding(destination.NewSite(d, ""), nil)
	for name, c := range map[string]struct{ visits, bytes, block, lost int }{
		"visits of 200 bytes":          {25, 25 * 200, 500, 25},
		"visits shorter than any":      {200, 200 * 30, 500, 1},
		"a block that shrank too much": {15264, 15264 * 200, 500, 1},
	} {
		t.Run(name, func(t *testing.T) {
			content := append([]byte{byte(len(d.Identity()))}, d.Identity()...)
			content = binary.AppendUvarint(binary.AppendUvarint(content, 1), uint64(c.visits))
			content = append(binary.AppendUvarint(content, uint64(c.bytes)), make([]byte, c.block)...)
			stored := sealed(content)
			stored[1]++ // the checksum
			assert.Equal(t, c.lost, e.lostVisits(stored))
		})
	}
}

// TestABatchThatCannotBeRightIsRefused has a checksum that is right, and numbers that
// are not.
func TestABatchThatCannotBeRightIsRefused(t *testing.T) {
	d := allDestinations()["scrunch"]
	identity := append([]byte{byte(len(d.Identity()))}, d.Identity()...)
	content := func(since, count uint64, block []byte) []byte {
		return append(binary.AppendUvarint(binary.AppendUvarint(bytes.Clone(identity), since), count), block...)
	}
	oneVisit := appendCompressed(nil, []byte("{}\n"))
	hugeBlock := binary.AppendUvarint(nil, maxStoredBytes+1) // S2 begins with the decompressed size
	for name, c := range map[string]struct {
		content []byte
		lost    int // visits that are counted
	}{
		"without a length":                       {nil, 1},
		"a length that does not end":             {[]byte{0xff}, 1},
		"an identity that is too long":           {identity[:len(identity)-1], 1},
		"nothing after the identity":             {identity, 1},
		"a time that does not end":               {append(bytes.Clone(identity), 0xff), 1},
		"a time alone":                           {append(bytes.Clone(identity), 1), 1},
		"a number of visits that does not end":   {append(bytes.Clone(identity), 1, 0xff), 1},
		"no visits":                              {content(1, 0, oneVisit), 1},
		"a time beyond all times":                {content(1<<63, 1, oneVisit), 1},
		"more visits than any batch has":         {content(1, maxStoredBytes+1, oneVisit), 1},
		"more visits than an int has":            {content(1, 1<<63, oneVisit), 1},
		"more visits than it says":               {content(1, 1, appendCompressed(nil, []byte("{}\n{}\n"))), 2},
		"fewer visits than it says":              {content(1, 2, oneVisit), 1},
		"no line break at the end":               {content(1, 1, appendCompressed(nil, []byte("{}\n{}"))), 1},
		"no block":                               {content(1, 1, nil), 1},
		"a block that says it is huge":           {content(1, maxStoredBytes, hugeBlock), 1},
		"a block too large for its visits":       {content(1, 1, binary.AppendUvarint(nil, 2*visit.MaxVisitBytes)), 1},
		"a broken block that is too large":       {content(1, 2, binary.AppendUvarint(nil, 3*visit.MaxVisitBytes)), 1},
		"a broken block of as many as can be":    {content(1, 4, binary.AppendUvarint(nil, 8)), 4},
		"a broken block of one more than can be": {content(1, 5, binary.AppendUvarint(nil, 8)), 1},
	} {
		t.Run(name, func(t *testing.T) {
			lost := 0
			e := NewEncoding(destination.NewSite(d, ""), func(_ error, visits int) { lost += visits })
			_, request, err := e.Unmarshal(sealed(c.content))
			require.ErrorIs(t, err, errDamaged)
			assert.Nil(t, request)
			assert.Equal(t, c.lost, lost)
			_, visits, ours := e.owner(sealed(c.content))
			assert.Positive(t, visits)
			assert.True(t, ours)
		})
	}
	e, refused := encodingFor(d)
	_, request, err := e.Unmarshal(sealed(content(1, 1, oneVisit)))
	require.NoError(t, err)
	assert.Empty(t, *refused)
	assert.Equal(t, 1, request.ItemsCount())
}

// FuzzUnmarshalBatch feeds anything to the reader, as it is and with the right
// version and checksum: it never panics, and what it takes is a batch whose
// numbers are right.
func FuzzUnmarshalBatch(f *testing.F) {
	d := allDestinations()["known_agents"]
	e := NewEncoding(destination.NewSite(d, ""), func(error, int) {})
	f.Add([]byte(nil))
	f.Add([]byte("\x0cknown_agents\x01\n"))
	f.Add([]byte("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"))
	f.Add(marshal(f, e, lineUp(d.Framing, fakeVisit(1, 30)))[contentStart:])
	f.Add(marshal(f, e, lineUp(d.Framing, fakeVisit(1, 30), fakeVisit(2, 60))))
	f.Fuzz(func(t *testing.T, content []byte) {
		for _, stored := range [][]byte{content, sealed(content)} {
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

// TestADamagedBatchCountsItsVisits: as many as are found, or as it says.
func TestADamagedBatchCountsItsVisits(t *testing.T) {
	for name, d := range allDestinations() {
		t.Run(name, func(t *testing.T) {
			lost := 0
			e := NewEncoding(destination.NewSite(d, ""), func(_ error, visits int) { lost = visits })
			stored := marshal(t, e, lineUp(d.Framing, someVisits(500)...))
			damage := func(change func([]byte) []byte) int {
				_, _, err := e.Unmarshal(change(bytes.Clone(stored)))
				require.ErrorIs(t, err, errDamaged)
				return lost
			}
			assert.Equal(t, 500, damage(func(s []byte) []byte { s[len(s)-1] ^= 1; return s }), "at the end")
			assert.Equal(t, 500, damage(func(s []byte) []byte { return s[:len(s)-10] }), "cut off")
			assert.Equal(t, 1, damage(func(s []byte) []byte { return s[:contentStart+3] }), "nothing but a beginning")
			count := len(d.Identity()) + contentStart + 2 // after the lengths of the identity and the time, which is 0
			assert.Equal(t, 500, damage(func(s []byte) []byte { s[count+1] = 0x7f; return s }), "in the number")
			assert.Equal(t, 1, damage(func(s []byte) []byte {
				s = binary.AppendUvarint(s[:count], 1_000_000)
				return append(s, stored[count+2:len(stored)-10]...)
			}), "a number that cannot be, and cut off")
		})
	}
}
