// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package queue

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agentvisits/agentvisitsexporter/internal/destination"
)

// mixedBatch has perSite visits of each site, in turns.
func mixedBatch(perSite int, sites ...*destination.Site) *Batch {
	var s Shares
	for number := range perSite {
		for _, site := range sites {
			s.Add(site, append(s.Buffer(), visitOf(site, number, 120)...))
		}
	}
	return NewDiskMemory(&allDestinations()["scrunch"].Framing).Put(s.All(), 7)
}

// resealed is a stored mixed batch with the right checksum, whatever it holds.
func resealed(content []byte) []byte {
	return seal(append([]byte{mixedVersion, 0, 0, 0, 0}, content...))
}

func TestABatchOfOneSiteIsStoredAsBefore(t *testing.T) {
	known, sites := newSites(2)
	b := mixedBatch(3, sites[1])
	stored := marshal(t, sitesEncoding(t, known), b)
	single := NewEncoding(sites[1], nil)
	assert.Equal(t, marshal(t, single, b), stored)
	read, err := single.read(stored)
	require.NoError(t, err)
	assert.Equal(t, requireOwn(t, b), requireOwn(t, read))
}

func TestVisitsOfASiteThatIsUnknownComeWithAHandleOfTheirOwn(t *testing.T) {
	known, sites := newSites(3)
	e := sitesEncoding(t, known)
	stored := marshal(t, e, mixedBatch(4, sites...))
	alone := marshal(t, e, mixedBatch(4, sites[1]))
	delete(known, sites[1].Identity())
	var strangers []*destination.Site
	for _, stored := range [][]byte{stored, alone} {
		_, visits, ours := e.owner(stored)
		assert.True(t, ours)
		b, err := e.read(stored)
		require.NoError(t, err)
		assert.Equal(t, visits, b.Count)
		for _, part := range b.BySite() {
			assert.Len(t, requireOwn(t, part), 4)
			if part.Site() != known[part.Site().Identity()] {
				strangers = append(strangers, part.Site())
			}
		}
	}
	require.Len(t, strangers, 2)
	assert.Same(t, strangers[0], strangers[1])
	assert.Nil(t, strangers[0].Destination())
	assert.Equal(t, sites[1].Identity(), strangers[0].Identity())
}

func TestAMixedBatchIsSetAsideByWhoCannotSendIt(t *testing.T) {
	known, sites := newSites(2)
	stored := marshal(t, sitesEncoding(t, known), mixedBatch(4, sites...))
	for name, e := range map[string]Encoding{
		"one of its sites": NewEncoding(sites[0], nil),
		"another API":      NewSitesEncoding(allDestinations()["known_agents"], known, nil),
	} {
		t.Run(name, func(t *testing.T) {
			o, visits, ours := e.owner(stored)
			assert.False(t, ours)
			assert.Equal(t, 8, visits)
			assert.Equal(t, owner{"scrunch", mixedVersion}, o)
			_, err := e.read(stored)
			require.ErrorContains(t, err, `"scrunch"`)
		})
	}
}

func TestADamagedMixedBatchIsRefusedOnce(t *testing.T) {
	known, sites := newSites(3)
	var refused []error
	e := NewSitesEncoding(allDestinations()["scrunch"], known, func(err error, visits int) {
		refused = append(refused, err)
		require.Positive(t, visits)
	})
	stored := marshal(t, e, mixedBatch(4, sites...))
	refuse := func(damaged []byte, how string) {
		refused = nil
		_, request, err := e.Unmarshal(damaged)
		require.Error(t, err, how)
		require.NotContains(t, err.Error(), "number", "nothing of a visit is logged")
		require.Nil(t, request)
		require.Equal(t, []error{err}, refused)
		if isReadable(damaged[0]) {
			_, _, ours := e.owner(damaged)
			require.True(t, ours, how)
		}
	}
	for length := 1; length < len(stored); length++ {
		refuse(stored[:length], fmt.Sprintf("cut to %d bytes", length))
	}
	refuse(append(bytes.Clone(stored), 0), "a byte too many")
	for i := range stored {
		for bit := range 8 {
			damaged := bytes.Clone(stored)
			damaged[i] ^= 1 << bit
			refuse(damaged, fmt.Sprintf("bit %d of byte %d", bit, i))
		}
	}
}

// TestAMixedBatchThatCannotBeRightIsRefused has a checksum that is right, and numbers that
// are not.
func TestAMixedBatchThatCannotBeRightIsRefused(t *testing.T) {
	known, sites := newSites(2)
	lost := 0
	e := NewSitesEncoding(allDestinations()["scrunch"], known, func(_ error, visits int) { lost = visits })
	id := sites[0].Identity()
	section := func(identity string, count, size uint64) []byte {
		s := append(binary.AppendUvarint(nil, uint64(len(identity))), identity...)
		return binary.AppendUvarint(binary.AppendUvarint(s, count), size)
	}
	content := func(n uint64, block []byte, sections ...[]byte) []byte {
		return append(append(binary.AppendUvarint([]byte{1}, n), bytes.Join(sections, nil)...), block...)
	}
	two := appendCompressed(nil, []byte("{}\n{}\n"))
	for name, c := range map[string][]byte{
		"nothing":                    nil,
		"no sections":                content(0, two),
		"more sections than bytes":   content(1<<40, two, section(id, 1, 3)),
		"the most sections":          content(1<<64-1, two, section(id, 1, 3)),
		"fewer sections than lines":  content(1, two, section(id, 1, 3)),
		"a section of no site":       content(2, two, section("", 1, 3), section(id, 1, 3)),
		"a section of another API":   content(2, two, section(id, 1, 3), section("known_agents/x", 1, 3)),
		"a section without visits":   content(2, two, section(id, 2, 6), section(id, 0, 0)),
		"a section without bytes":    content(1, two, section(id, 2, 0)),
		"a section that is too long": content(2, two, section(id, 1, 3), section(id, 1, 4)),
		"sections cut in a visit":    content(2, two, section(id, 1, 2), section(id, 1, 4)),
		"more visits in a section":   content(2, two, section(id, 2, 3), section(id, 1, 3)),
		"sizes that wrap around":     content(2, two, section(id, 1, 1<<63), section(id, 1, 1<<63+6)),
		"counts that wrap around":    content(2, two, section(id, 1<<63, 3), section(id, 1<<63, 3)),
		"a huge block":               content(1, binary.AppendUvarint(nil, maxStoredBytes+1), section(id, 1, maxStoredBytes)),
		"no block":                   content(1, nil, section(id, 1, 3)),
	} {
		t.Run(name, func(t *testing.T) {
			_, request, err := e.Unmarshal(resealed(c))
			require.ErrorIs(t, err, errDamaged)
			assert.Nil(t, request)
			assert.LessOrEqual(t, lost, 2)
			_, visits, ours := e.owner(resealed(c))
			assert.Positive(t, visits)
			assert.True(t, ours)
		})
	}
	_, err := e.read(resealed(content(2, two, section(id, 1, 3), section(sites[1].Identity(), 1, 3))))
	require.NoError(t, err)
}

// FuzzUnmarshalMixedBatch feeds anything to the reader of an exporter with several sites.
// It never panics, and what it takes is written again as it was.
func FuzzUnmarshalMixedBatch(f *testing.F) {
	known, sites := newSites(3)
	delete(known, sites[2].Identity())
	e := NewSitesEncoding(allDestinations()["scrunch"], known, func(error, int) {})
	f.Add([]byte(nil))
	f.Add([]byte("\x01\x02\x07scrunch\x01\x03"))
	f.Add([]byte("\x01\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"))
	f.Add(marshal(f, e, mixedBatch(2, sites...))[contentStart:])
	f.Add(marshal(f, e, mixedBatch(2, sites...)))
	f.Add(marshal(f, e, mixedBatch(2, sites[0])))
	f.Fuzz(func(t *testing.T, content []byte) {
		for _, stored := range [][]byte{content, sealed(content), resealed(content)} {
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
			again, err := e.read(marshal(t, e, b))
			require.NoError(t, err)
			require.Equal(t, [2]int{b.Count, b.size}, [2]int{again.Count, again.size})
			parts, partsAgain := b.BySite(), again.BySite()
			require.Len(t, partsAgain, len(parts))
			for i, part := range parts {
				require.Same(t, part.Site(), partsAgain[i].Site())
				require.Equal(t, part.joined(), partsAgain[i].joined())
			}
		}
	})
}
