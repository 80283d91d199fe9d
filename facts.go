// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import (
	"math"
	"math/bits"
	"strings"
	"time"
)

// facts are what one span or log record says about each field: the value of
// the best key that has one.
type facts struct {
	source  sourceID
	zone    *time.Location     // of the times of a log that names none
	present fieldSet           // those with a value
	rank    [fieldCount]uint8  // of the key that gave the value; 0: no value
	text    [fieldCount]string // borrowed from the telemetry; empty without a value
	number  [fieldCount]int64  // status; durations and times in nanoseconds; 1 for a public address or a plain host; 0 without a value

	lastHost, lastBareHost, lastClient, lastPeer readText // of the payload
}

// forget lets go of the payload's memory.
func (f *facts) forget() {
	f.reset(0)
	f.lastHost, f.lastBareHost, f.lastClient, f.lastPeer = readText{}, readText{}, readText{}, readText{}
}

func (f *facts) reset(source sourceID) {
	for at, word := range f.present {
		for ; word != 0; word &= word - 1 {
			i := at*64 + bits.TrailingZeros64(word)
			f.rank[i], f.text[i], f.number[i] = 0, "", 0
		}
	}
	f.present = fieldSet{}
	f.source = source
}

func (f *facts) has(i field) bool { return f.rank[i] != 0 }

// recognize notes the producer that a key gives away. The first holds.
func (f *facts) recognize(source sourceID) {
	if source != 0 && f.source == 0 {
		f.source = source
	}
}

// store keeps the value if its key is better than that of the value so far.
func (f *facts) store(a *meaning, v value) {
	switch {
	case !v.isNumber:
		f.storeText(a, v.text)
	case readings[a.field] < asNumber:
		f.storeText(a, v.asText())
	default:
		f.storeNumber(a, v)
	}
}

// storeWhole does the same for a whole number, such as a status.
func (f *facts) storeWhole(a *meaning, n int64) {
	if a.field != status || !isStatus(n) {
		f.store(a, wholeValue(n))
		return
	}
	f.recognize(a.source)
	f.offer(status, a.rank, "", n, true)
}

// storeText does the same for a text. It is no value if it is a mark for an
// absent one, or of no use to the field.
func (f *facts) storeText(a *meaning, text string) {
	reading := readings[a.field]
	if reading > asNumber {
		if code := threeDigits(text); reading == asStatus && isStatus(code) {
			f.storeWhole(a, code)
		} else {
			f.storeNumber(a, textValue(text))
		}
		return
	}
	f.recognize(a.source)
	if !f.lacks(a.field, a.rank) || isAbsent(text) {
		return
	}
	switch reading {
	case asText:
		f.set(a.field, a.rank, text, 0)
	case asHost:
		f.storeHost(a, text)
	case asAddress:
		f.storeAddress(a, text)
	case asScheme:
		name := schemeOf(text)
		f.offer(a.field, a.rank, name, 0, name != "")
	}
}

func (f *facts) storeHost(a *meaning, text string) {
	last := &f.lastHost
	if a.field == bareHost {
		last = &f.lastBareHost
	}
	if text != last.text {
		*last = readText{text: text}
		if isPlainHost(text) {
			last.number = 1
			if a.field == bareHost && strings.IndexByte(text, '.') < 0 {
				last.number = 0 // rather a machine's name
			}
		} else {
			last.quality = qualityOfHost(text)
		}
	}
	f.offer(a.field, a.rank+uint8(last.quality), text, last.number, last.quality != noHost)
}

func (f *facts) storeAddress(a *meaning, text string) {
	last := &f.lastClient
	if a.field == peerIP {
		last = &f.lastPeer
	}
	if text != last.text {
		*last = readText{text: text}
		last.value, last.number = bestAddress(text)
	}
	f.offer(a.field, a.rank, last.value, last.number, last.value != "")
}

// readText is what a text was found to say, as long as the same comes again: a
// site has one host, and a proxy stands before it.
type readText struct {
	text, value string
	number      int64
	quality     hostQuality
}

// storeNumber does the same for fields that count something. Their numbers may
// come as text.
func (f *facts) storeNumber(a *meaning, v value) {
	f.recognize(a.source)
	if nanos, ok := v.plainNanos(readings[a.field], a.unit); ok {
		f.offer(a.field, a.rank, "", nanos, true)
		return
	}
	if !v.isNumber {
		if n, isNumber := v.asNumber(); isNumber {
			n.text = v.text
			v = n // so that it is parsed once
		}
	} else if math.IsNaN(v.number) {
		return
	}
	switch readings[a.field] {
	case asStatus:
		f.storeStatus(a, v)
	case asDuration:
		n, ok := v.asDuration(a.unit)
		f.offer(a.field, a.rank, "", n, ok)
	case asDurationPart:
		f.addDuration(v, max(a.unit, time.Millisecond))
	case asBareDuration:
		f.storeBareDuration(a, v)
	case asStart:
		n, ok := v.asTime()
		f.offer(a.field, a.rank, "", n, ok)
	case asEnd:
		f.storeEndTime(a, v)
	case asDay:
		f.storeDay(a, v)
	}
}

// lacks says whether there is no value yet of a key at least as good.
func (f *facts) lacks(i field, rank uint8) bool { return f.rank[i]-1 >= rank } // a rank of 0 wraps around

// offer keeps a good value that is better than the one so far.
func (f *facts) offer(i field, rank uint8, text string, number int64, ok bool) {
	if ok && f.lacks(i, rank) {
		f.set(i, rank, text, number)
	}
}

func (f *facts) set(i field, rank uint8, text string, number int64) {
	f.present.add(i)
	f.rank[i], f.text[i], f.number[i] = rank, text, number
}

// storeStatus keeps a status code. A 0 says that there was no response.
func (f *facts) storeStatus(a *meaning, v value) {
	if n, ok := v.asStatus(); ok {
		f.offer(status, a.rank, "", n, true)
		return
	}
	if n, isNumber := v.asNumber(); isNumber && n.number == 0 {
		f.offer(noResponse, a.rank, "", 0, true)
	}
}

// addDuration adds one of several parts. One that is negative was not
// measured, so the sum is not known.
func (f *facts) addDuration(v value, unit time.Duration) {
	part, ok := v.asDuration(unit)
	n, isNumber := v.asNumber()
	switch {
	case ok && f.number[durationPart] >= 0:
		f.set(durationPart, 1, "", f.number[durationPart]+part)
	case isNumber && n.number < 0:
		f.set(durationPart, 1, "", int64(unknownDuration))
	}
}

// storeBareDuration keeps a duration whose unit the source decides, unless it is
// text with a unit.
func (f *facts) storeBareDuration(a *meaning, v value) {
	if v.hasOwnUnit() {
		n, ok := v.asDuration(0)
		f.offer(duration, a.rank, "", n, ok)
		return
	}
	// The source may become known later; see bareDuration.
	n, ok := v.asDuration(time.Millisecond)
	f.offer(bareDuration, a.rank, "", n, ok)
}

func (f *facts) storeEndTime(a *meaning, v value) {
	if n, ok := v.asTime(); ok {
		f.offer(endTime, a.rank, v.precision(), n, true)
		return
	}
	n, ok := v.asClock()
	f.offer(clock, a.rank, v.precision(), n, ok)
}

// storeDay keeps the day of W3C logs. Some log shippers write a whole time
// there.
func (f *facts) storeDay(a *meaning, v value) {
	if n, ok := v.asDay(); ok {
		f.offer(day, a.rank, "", n, true)
		return
	}
	n, ok := v.asTime()
	f.offer(endTime, a.rank+poorValue/2, v.precision(), n, ok)
}
