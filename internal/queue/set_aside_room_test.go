// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package queue

import (
	"encoding/binary"
	"testing"

	"github.com/stretchr/testify/assert"

	"go.opentelemetry.io/collector/exporter/exporterhelper"
	"go.opentelemetry.io/collector/extension/xextension/storage"
)

// notesOf makes notes of a queue with so many visits of a hundred bytes.
func notesOf(visits, read, write uint64, dispatched ...uint64) (stored []byte) {
	for field, value := range []uint64{visits, 100 * visits, read, write} {
		stored = append(stored, byte(field+1)<<3|1)
		stored = binary.LittleEndian.AppendUint64(stored, value)
	}
	if len(dispatched) > 0 {
		stored = binary.AppendUvarint(append(stored, 5<<3|2), uint64(8*len(dispatched)))
		for _, number := range dispatched {
			stored = binary.LittleEndian.AppendUint64(stored, number)
		}
	}
	return stored
}

func TestTheRoomIsWhatTheQueueNotes(t *testing.T) {
	for name, c := range map[string]struct {
		sizer exporterhelper.RequestSizerType
		begun []byte
		now   []byte
		used  int64
	}{
		"there are no notes":      {inItems, nil, nil, 0},
		"visits":                  {inItems, nil, notesOf(12, 3, 5), 12},
		"bytes":                   {inBytes, nil, notesOf(12, 3, 5), 1200},
		"requests":                {exporterhelper.RequestSizerTypeRequests, nil, notesOf(12, 3, 5, 1, 2), 4},
		"all are being delivered": {inItems, nil, notesOf(12, 5, 5, 4), 12},
		"an empty queue counts what it set aside": {inItems, nil, notesOf(12, 5, 5), 0},
		"an earlier process was delivering":       {exporterhelper.RequestSizerTypeRequests, notesOf(9, 4, 4, 2, 3), notesOf(9, 4, 6, 2, 3), 2},
		"an earlier process lost them":            {inItems, notesOf(9, 4, 4, 2, 3), nil, 0},
		"damaged notes change nothing":            {inItems, notesOf(9, 4, 5), []byte("damaged"), 9},
		"notes that are cut off":                  {inItems, notesOf(9, 4, 5), notesOf(12, 3, 5)[:30], 9},
		"a list that is cut off":                  {inItems, notesOf(9, 4, 5), append(notesOf(12, 3, 5), 5<<3|2, 80), 9},
		"a list without a length":                 {inItems, notesOf(9, 4, 5), append(notesOf(12, 3, 5), 5<<3|2), 9},
		"a list that ends within a number":        {inItems, notesOf(9, 4, 5), append(notesOf(12, 3, 5), 5<<3|2, 1, 0), 9},
		"more is read than written":               {inItems, notesOf(9, 4, 5), notesOf(12, 6, 5), 9},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRoom(&Config{Sizer: c.sizer, QueueSize: 100})
			r.begin(c.begun)
			if c.now != nil {
				r.update([]*storage.Operation{storage.SetOperation("1", nil), storage.SetOperation(notesKey, c.now)})
			}
			assert.Equal(t, c.used, r.used())
		})
	}
}
