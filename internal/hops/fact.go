// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package hops

import "math/bits"

// fact is what is remembered of a span.
//
// A serving span takes three words: its word, its parent's key, its times in ticks of
// 65.5 microseconds. A span in between takes two, its word and its parent's key, or one if it
// is anchored: its ancestors are known up to a serving root, so its parent does not
// matter any more.
//
//	bits   serving span        span in between
//	0-37   print of its key    print of its key
//	38-40  code                code
//	41-    14 service          9 service
//	       8  scope            10 end, in units, modulo 1024
//	       1  anchored         4 duration: less than 1<<n seconds; 14: longer; 15: not known
//
// The unit is a second, or more if the span took longer than 256: see unit.
type fact struct {
	word   uint64
	parent uint64 // 0: not known, or none
	times  uint64 // 40 bits end, modulo 1<<40, and 24 bits duration, the longest for all that are longer; of a serving span only
}

// The codes of facts are kinds, and three more for the kinds in between if the span is
// anchored: the kind's own, and anchoredBy, modulo 8.
var codes = [8]struct {
	kind  Kind
	words uint8
}{{Producer, 1}, {Internal, 2}, {Client, 2}, {Producer, 2}, {Server, 3}, {Consumer, 3}, {Internal, 1}, {Client, 1}}

const (
	printBits   = 38
	codeAt      = printBits
	codeMask    = 7
	anchoredBy  = 5
	serviceAt   = codeAt + 3
	innerBits   = 9  // of the service of a span in between
	servingBits = 14 // of the service of a serving span
	scopeAt     = serviceAt + servingBits
	scopeBits   = 8
	endAt       = serviceAt + innerBits
	tookAt      = endAt + 10
	anchoredAt  = scopeAt + scopeBits
	printMask   = 1<<printBits - 1

	noTime   = 1<<64 - 1
	endless  = 14
	timeless = 15
)

func mask(n int) uint64 { return 1<<n - 1 }

// factOf is the fact of a span.
func factOf(s *Span) fact {
	kind := s.Kind
	if kind < Internal || kind > Consumer {
		kind = Internal
	}
	f := fact{word: s.Key&printMask | uint64(kind)<<codeAt, parent: s.Parent, times: noTime}
	if s.isRoot() {
		f.parent = 0
	}
	timed := s.Start > 0 && s.End >= s.Start
	if s.Kind.serves() {
		f.word |= uint64(s.Service)&mask(servingBits)<<serviceAt | uint64(s.Scope)&mask(scopeBits)<<scopeAt
		if timed {
			end := ticks(s.End) + 1
			f.times = end&mask(40)<<24 | min(end-ticks(s.Start), mask(24))
		}
		return f
	}
	f.word |= uint64(s.Service) & mask(innerBits) << serviceAt
	if timed {
		end := uint64(s.End/1e9) + 1
		took := uint64(min(bits.Len64(end-uint64(s.Start/1e9)-1), endless))
		end = uint64(s.End/1e9)>>unit(took) + 1
		f.word |= end&mask(10)<<endAt | took<<tookAt
	} else {
		f.word |= timeless << tookAt
	}
	return f
}

// unit is that in which a span in between has its end, as bits of seconds. It is so large that
// a time in the span is not taken for one after it: half of 1024 units are as long as the span.
// Nor is a time taken for one in the span that is up to 768 seconds after it.
func unit(took uint64) int {
	switch {
	case took < unitBits:
		return 0
	case took >= endless:
		return endlessBits
	}
	return max(int(took)-unitBits, 1)
}

const (
	unitBits    = 9
	endlessBits = 2 // a quarter of the units is longer than the span is remembered

	second int64 = 1e9
)

// since is how long after the end of a span in between a time is, in nanoseconds, as if both
// were whole units, and how long a unit is. Times before the end are taken to be up to three
// quarters of the units before it.
func (f fact) since(at int64) (after, unitNanos int64) {
	const longBefore = 768
	shift := unit(f.word >> tookAt & mask(4))
	units := int64((uint64(at/1e9)>>shift - f.word>>endAt + longBefore) & mask(10))
	unitNanos = second << shift
	return (units - longBefore) * unitNanos, unitNanos
}

// tickBits is how many bits of nanoseconds make a tick.
const tickBits = 16

func ticks(nanos int64) uint64 { return uint64(nanos) >> tickBits }

func (f fact) code() uint64 { return f.word >> codeAt & codeMask }

func (f fact) kind() Kind { return codes[f.code()].kind }

// words is how many words the fact takes in a block.
func (f fact) words() uint32 { return uint32(codes[f.code()].words) }

// store writes the fact to the first words, and says how many they are.
func (f *fact) store(to []uint64) (words uint32) {
	words = f.words()
	to[0] = f.word
	if words > 1 {
		to[1] = f.parent
	}
	if words > 2 {
		to[2] = f.times
	}
	return words
}

// factIn is the fact that store wrote.
func factIn(words []uint64) fact {
	f := fact{word: words[0], times: noTime}
	n := f.words()
	if n > 1 {
		f.parent = words[1]
	}
	if n > 2 {
		f.times = words[2]
	}
	return f
}

// anchor notes that the span's ancestors are known up to a serving root.
func (f *fact) anchor() {
	if f.kind().serves() {
		f.word |= 1 << anchoredAt
		return
	}
	f.word = f.word&^(codeMask<<codeAt) | (f.code()+anchoredBy)&codeMask<<codeAt
	f.parent = 0
}

func (f fact) isAnchored() bool {
	return f.words() == 1 || f.kind().serves() && f.word>>anchoredAt&1 == 1
}

// isOf says whether the span is of the service. Of services that are not the same, it
// takes one in 512 for the same if the span is one in between.
func (f fact) isOf(service uint32) bool {
	bits := innerBits
	if f.kind().serves() {
		bits = servingBits
	}
	return (f.word>>serviceAt^uint64(service))&mask(bits) == 0
}

// isOfScope says whether the span is a serving one of the scope. That of spans in between is
// not remembered.
func (f fact) isOfScope(scope uint32) bool {
	return f.kind().serves() && (f.word>>scopeAt^uint64(scope))&mask(scopeBits) == 0
}

// isSameService says whether two spans are of one service, as isOf does.
func isSameService(f, g fact) bool { return (f.word>>serviceAt^g.word>>serviceAt)&mask(innerBits) == 0 }

// began says whether the span had begun at a time in Unix nanoseconds, give or take
// some nanoseconds.
func (f fact) began(at, tolerance int64) bool {
	_, before := f.distance(at)
	return before <= tolerance
}

// during says whether a time lies in the span, give or take some nanoseconds before
// its start and after its end.
func (f fact) during(at, early, late int64) bool {
	after, before := f.distance(at)
	return after <= late && before <= early
}

// distance is how many nanoseconds a time is after the end of the span, and how many
// before its start. What is negative is not so. If a time is not known, both are far.
func (f fact) distance(at int64) (after, before int64) {
	const far = 1 << 62
	if at <= 0 || f.isTimeless() {
		return far, far
	}
	if f.kind().serves() {
		after = int64(ticks(at)-f.times>>24) << 24 >> 24 // the nearest of the times that it can be
		took := f.times & mask(24)
		if took == mask(24) {
			return after << tickBits, -far
		}
		return after << tickBits, -(after + int64(took)) << tickBits
	}
	after, unitNanos := f.since(at)
	took := f.word >> tookAt & mask(4)
	if took == endless {
		return after, -far
	}
	return after, -(after + second<<took + unitNanos)
}

// span is when a span in between began at the earliest and at the latest, and when it
// ended, in Unix nanoseconds, if it was near a time. They are 0 if that is not known.
func (f fact) span(near int64) (earliest, latest, end int64) {
	if near <= 0 || f.isTimeless() {
		return 0, 0, 0
	}
	after, unitNanos := f.since(near)
	took := f.word >> tookAt & mask(4)
	end = near/unitNanos*unitNanos - after
	return end - second<<took - unitNanos, end - second<<took>>1, end - unitNanos
}

func (f fact) isTimeless() bool {
	if f.kind().serves() {
		return f.times == noTime
	}
	return f.word>>tookAt&mask(4) == timeless
}
