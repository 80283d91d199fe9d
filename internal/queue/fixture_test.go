// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package queue

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

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

// allDestinations are both, as tests of what they share need them.
func allDestinations() map[string]*destination.Destination {
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

// inMemory makes a batch whose memory is laid out in one of all possible ways.
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

func someVisits(n int) []string {
	visits := make([]string, n)
	for i := range visits {
		visits[i] = fakeVisit(i, 300)
	}
	return visits
}

// share is a payload of one site.
func share(lines []byte, count int) []Share { return []Share{{Lines: lines, Count: count}} }

// testMemory is the memory of a queue in which so many bytes wait.
func testMemory(t *testing.T, coalesces bool, waiting int) *Memory {
	t.Helper()
	m := NewMemory(&allDestinations()["known_agents"].Framing, coalesces, func(err error, visits int) { t.Errorf("%d visits: %v", visits, err) })
	m.waiting = waiting
	return m
}

// encodingFor makes the encoding of a destination's queue and counts what it
// refuses.
func encodingFor(d *destination.Destination) (Encoding, *[]error) {
	var refused []error
	return NewEncoding(destination.NewSite(d, ""), func(err error, _ int) { refused = append(refused, err) }), &refused
}

func marshal(t require.TestingT, e Encoding, b *Batch) []byte {
	stored, err := e.Marshal(context.Background(), b)
	require.NoError(t, err)
	return stored
}
