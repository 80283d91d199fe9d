// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package hops

import (
	"testing"
	"time"
)

// FuzzTracker feeds any spans in any order: six bytes are one. Each visit that is held
// comes out once, as a visit or as a hop, and the memory keeps its bound.
func FuzzTracker(f *testing.F) {
	f.Add([]byte("\x01\x00\x03\x01\x00\x00\x02\x01\x03\x02\x00\x00"))
	f.Add([]byte("\x02\x01\x43\x02\x00\x01\x01\x02\x43\x02\x00\x01"))
	f.Add([]byte("\x05\x04\xc3\x01\x09\x09\x04\x03\x01\x01\x09\x09\x03\x00\x03\x01\x09\x09"))
	f.Fuzz(func(t *testing.T, data []byte) {
		tr := New(Settings{Wait: simulatedWait, MaxBytes: 64 << 10, Tolerance: time.Second, Seed: seed})
		held, decided := 0, 0
		var now time.Duration
		yield := func(r Released) {
			if len(r.Visit) != 10 {
				t.Error("a visit is another")
			}
			decided++
		}
		for ; len(data) >= 6; data = data[6:] {
			now += time.Duration(data[5]) * 50 * time.Millisecond
			s := Span{
				Key: uint64(data[0] % 32), Parent: uint64(data[1] % 32), Kind: Kind(1 + data[2]&7), Service: uint32(data[3] & 7),
				Start: epoch + int64(data[4])*20e6, End: epoch + int64(data[4])*20e6 + int64(data[3])*10e6,
			}
			decided += tr.Note(now, []Span{s})
			if s.Kind == Server {
				held++
				if tr.Hold(now, &s, Request{Peer: Peer(data[2] >> 6), Same: uint64(data[0] & 3)}, []byte("visitfacts"), 5) != Waits {
					decided++
				}
			}
			decided += tr.Expired(now, yield)
			if load := tr.Load(); load.WaitingBytes > 24<<10 || load.IDBytes > 32<<10 {
				t.Fatal("too much memory", load)
			}
		}
		decided += tr.Drain(now, yield)
		if held != decided {
			t.Fatal("held", held, "decided", decided)
		}
		if load := tr.Load(); load.Waiting+load.WaitingBytes+len(tr.waiting.awaited) != 0 {
			t.Fatal("something is left", load)
		}
	})
}
