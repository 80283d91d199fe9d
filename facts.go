// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import (
	"math/bits"
	"strings"
	"time"
)

// facts are what one span or log record says about each field: the value of
// the key that takes precedence.
type facts struct {
	source     sourceID
	zone       *time.Location         // of the times of a log that names none
	present    fieldSet               // those with a value
	precedence [fieldCount]precedence // of the key that gave the value; 0: no value
	text       [fieldCount]string     // borrowed from the telemetry; empty without a value
	number     [fieldCount]int64      // status; durations and times in nanoseconds; 1 for a public address or a plain host; 0 without a value

	lastHost, lastBareHost knownHost // of the payload
}

// knownHost is what a text was found to say as a host. It is remembered as long as
// the same text comes again: most sites have one host.
type knownHost struct {
	text    string
	quality hostQuality
	plain   int64 // 1 if nothing has to be done to the text, else 0
}

// forget lets go of the payload's memory.
func (f *facts) forget() {
	f.reset(0)
	f.lastHost, f.lastBareHost = knownHost{}, knownHost{}
}

// reset prepares for the next item.
func (f *facts) reset(source sourceID) {
	for at, word := range f.present {
		for ; word != 0; word &= word - 1 {
			i := at*64 + bits.TrailingZeros64(word)
			f.precedence[i], f.text[i], f.number[i] = 0, "", 0
		}
	}
	f.present = fieldSet{}
	f.source = source
}

func (f *facts) has(i field) bool { return f.precedence[i] != 0 }

// recognize notes the producer that a key gives away. The first one stays.
func (f *facts) recognize(source sourceID) {
	if source != 0 && f.source == 0 {
		f.source = source
	}
}

// lacks says whether a key of this precedence may give the value of a field.
func (f *facts) lacks(i field, p precedence) bool { return f.precedence[i]-1 >= p } // 0 wraps around

// offer sets a value if it is one, and if its key takes precedence.
func (f *facts) offer(i field, p precedence, text string, number int64, ok bool) {
	if ok && f.lacks(i, p) {
		f.set(i, p, text, number)
	}
}

// set gives a field a value, whatever it had.
func (f *facts) set(i field, p precedence, text string, number int64) {
	f.present.add(i)
	f.precedence[i], f.text[i], f.number[i] = p, text, number
}

// storeText stores a text.
func (f *facts) storeText(m *mapping, text string) { f.store(m, textValue(text)) }

// store reads a value as its field demands, and sets it if its key takes
// precedence. What the field cannot use is no value.
func (f *facts) store(m *mapping, v value) {
	f.recognize(m.source)
	i, p := m.field, m.precedence
	switch kinds[i] {
	case kindText:
		if !f.lacks(i, p) {
			return
		}
		if text := v.asText(); !isAbsent(text) {
			f.set(i, p, text, 0)
		}
	case kindHost:
		if f.lacks(i, p) {
			f.storeHost(i, p, v.asText())
		}
	case kindAddress:
		if f.lacks(i, p) {
			ip, public := bestAddress(v.text)
			f.offer(i, p, ip, oneIf(public), ip != "")
		}
	case kindScheme:
		name := schemeOf(v.text)
		f.offer(i, p, name, 0, name != "")
	case kindStatus:
		if code, ok := v.asStatus(); ok {
			f.offer(i, p, "", code, true)
		} else {
			f.storeNoResponse(p, v)
		}
	case kindDuration:
		nanos, _, ok := v.asDuration(m.unit)
		f.offer(i, p, "", nanos, ok)
	case kindDurationPart:
		f.addDuration(v, max(m.unit, time.Millisecond))
	case kindBareDuration:
		f.storeBareDuration(p, v)
	case kindStartTime:
		nanos, _, ok := v.asTimestamp()
		f.offer(i, p, "", nanos, ok)
	case kindEndTime:
		f.storeEndTime(p, v)
	case kindDay:
		f.storeDay(p, v)
	}
}

// storeHost stores a host. One of the server's own network is of poor quality.
func (f *facts) storeHost(i field, p precedence, text string) {
	last := &f.lastHost
	if i == bareHost {
		last = &f.lastBareHost
	}
	if text != last.text {
		*last = knownHost{text: text, quality: qualityOfHost(text)}
		if isAbsent(text) {
			last.quality = noHost
		}
		if isPlainHost(text) && (i != bareHost || strings.IndexByte(text, '.') >= 0) { // one word is rather a machine's name
			last.plain = 1
		}
	}
	if last.quality == localHost {
		p = p.poor()
	}
	f.offer(i, p, text, last.plain, last.quality != noHost && text != "")
}

func oneIf(is bool) int64 {
	if is {
		return 1
	}
	return 0
}

// storeNoResponse notes a status of 0.
func (f *facts) storeNoResponse(p precedence, v value) {
	n, isNumber := v.asNumber()
	f.offer(noResponse, p, "", 0, isNumber && n.float() == 0)
}

// addDuration adds one of several parts. One that is negative was not
// measured, so the sum is not known.
func (f *facts) addDuration(v value, unit time.Duration) {
	part, _, ok := v.asDuration(unit)
	if ok && f.number[durationPart] >= 0 {
		f.set(durationPart, 1, "", f.number[durationPart]+part)
	} else if n, isNumber := v.asNumber(); isNumber && n.float() < 0 {
		f.set(durationPart, 1, "", int64(unknownDuration))
	}
}

// storeBareDuration stores a duration whose unit depends on the source, unless it
// is a text with a unit. The source may become known later, so milliseconds are
// stored; see facts.bareDuration.
func (f *facts) storeBareDuration(p precedence, v value) {
	to := bareDuration
	nanos, hasUnit, ok := v.asDuration(time.Millisecond)
	if hasUnit {
		to = duration
	}
	f.offer(to, p, "", nanos, ok)
}

// storeEndTime stores a time, or the time of day in W3C logs.
func (f *facts) storeEndTime(p precedence, v value) {
	if nanos, precision, ok := v.asTimestamp(); ok {
		f.offer(endTime, p, precision, nanos, true)
		return
	}
	nanos, ok := v.asClock()
	f.offer(clock, p, precisionOf(v.text), nanos, ok)
}

// storeDay stores the day of W3C logs. Some log shippers write a whole time there.
func (f *facts) storeDay(p precedence, v value) {
	if nanos, ok := v.asDay(); ok {
		f.offer(day, p, "", nanos, true)
		return
	}
	nanos, precision, ok := v.asTimestamp()
	f.offer(endTime, p.poor(), precision, nanos, ok)
}
