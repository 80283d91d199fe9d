// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package translate

import (
	"math"
	"math/bits"
	"strings"
	"time"

	"github.com/agentvisits/agentvisitsexporter/internal/address"
	"github.com/agentvisits/agentvisitsexporter/internal/mapping"
	"github.com/agentvisits/agentvisitsexporter/internal/uri"
	"github.com/agentvisits/agentvisitsexporter/internal/value"
	"github.com/agentvisits/agentvisitsexporter/internal/visit"
)

// facts are what a span or a log record says about each field: the value of the key
// that takes precedence.
type facts struct {
	source     mapping.SourceID
	zone       *time.Location                       // of times that name none
	forwarded  forwarding                           // whether forwarded hosts and schemes are believed
	present    visit.FieldSet                       // the fields with a value
	precedence [visit.FieldCount]mapping.Precedence // of the key that gave the value; 0: no value
	text       [visit.FieldCount]string             // borrowed from the telemetry; empty without a value
	number     [visit.FieldCount]int64              // a status; a duration or a time in nanoseconds; 1 for a public address, a plain host, or a method that was checked; 0 without a value

	isPublic       bool // the host by which the server served the request is public
	hasEscapes     bool // the texts of a log record may have escapes; see unescape
	decoded        decodedTexts
	mesh           [mapping.MeshAddresses]string // that a record of Envoy names
	columnEncoding mapping.Encoding              // of the texts of a line in columns; see facts.encoding

	agents knownAgents

	// What is known of texts of the payload.
	hosts        knownHosts
	lastBareHost knownHost
	lastPeer     knownAddress
}

// forget lets go of the payload's memory.
func (f *facts) forget() {
	f.reset(0)
	f.hosts.forget()
	f.lastBareHost, f.lastPeer = knownHost{}, knownAddress{}
}

// reset prepares for the next item.
func (f *facts) reset(source mapping.SourceID) {
	for at, word := range f.present {
		for ; word != 0; word &= word - 1 {
			i := at*64 + bits.TrailingZeros64(word)
			f.precedence[i], f.text[i], f.number[i] = 0, "", 0
		}
	}
	f.present = visit.FieldSet{}
	f.source = source
	f.columnEncoding, f.hasEscapes = mapping.ByteEscapes, false
	f.mesh = [mapping.MeshAddresses]string{}
}

func (f *facts) has(i visit.Field) bool { return f.precedence[i] != 0 }

// recognize notes the producer that alone uses a key. The first one stays, unless another
// one writes no records of requests.
func (f *facts) recognize(source mapping.SourceID) {
	if source != 0 && (f.source == 0 || mapping.Sources[source].NoVisits) {
		f.source = source
	}
}

// lacks says whether a field has no value, or one of a key that comes after p.
func (f *facts) lacks(i visit.Field, p mapping.Precedence) bool { return f.precedence[i]-1 >= p } // 0 wraps around

// offer sets a value if ok says that it is one, and if its key takes precedence.
func (f *facts) offer(i visit.Field, p mapping.Precedence, text string, number int64, ok bool) {
	if ok && f.lacks(i, p) {
		f.set(i, p, text, number)
	}
}

// set gives a field a value, whichever it had.
func (f *facts) set(i visit.Field, p mapping.Precedence, text string, number int64) {
	f.present.Add(i)
	f.precedence[i], f.text[i], f.number[i] = p, text, number
}

// drop takes away the value of a field, unless it comes from a raw line or from a key
// that users name.
func (f *facts) drop(i visit.Field) {
	if f.precedence[i] >= mapping.FromBuiltinKey {
		f.present = f.present.Without(visit.SetOf(i))
		f.precedence[i], f.text[i], f.number[i] = 0, "", 0
	}
}

func (f *facts) storeText(m *mapping.Mapping, text string) { f.store(m, value.Text(text)) }

// store reads a value as the kind of its field demands, and sets it if its key takes
// precedence. A value that is not of that kind is ignored.
func (f *facts) store(m *mapping.Mapping, v value.Value) {
	f.recognize(m.Source)
	i, p := m.Field, m.Precedence
	switch mapping.Kinds[i] {
	case mapping.KindText:
		if !f.lacks(i, p) {
			return
		}
		if text := v.AsText(); !value.IsAbsent(text) {
			f.set(i, p, text, 0)
		}
	case mapping.KindHost:
		if f.lacks(i, p) {
			f.storeHost(i, p, v.AsText())
		}
	case mapping.KindAddress:
		if !f.lacks(i, p) {
			return
		}
		if i == visit.PeerIP {
			f.storePeer(p, v.Text)
		} else {
			ip, public := address.Best(v.Text)
			f.offer(i, p, ip, oneIf(public), ip != "")
		}
	case mapping.KindScheme:
		name := uri.SchemeOf(v.Text)
		f.offer(i, p, name, 0, name != "")
	case mapping.KindStatus:
		if m.IsWeak {
			p = p.Poor()
		}
		if code, ok := v.AsStatus(); ok {
			f.offer(i, p, "", code, true)
		} else {
			f.storeNoResponse(p, v)
		}
	case mapping.KindDuration:
		f.storeDuration(m, p, v)
	case mapping.KindDurationPart:
		f.addDuration(v, max(m.Unit, time.Millisecond))
	case mapping.KindBareDuration:
		f.storeBareDuration(p, v)
	case mapping.KindStartTime:
		nanos, _, ok := v.AsTimestamp()
		f.offer(i, p, "", nanos, ok)
	case mapping.KindEndTime:
		f.storeEndTime(p, v)
	case mapping.KindDay:
		f.storeDay(p, v)
	default:
		f.storeSign(m, v)
	}
}

// storeSign stores what tells of the kind of a record, and request_time.
func (f *facts) storeSign(m *mapping.Mapping, v value.Value) {
	i, p := m.Field, m.Precedence
	switch mapping.Kinds[i] {
	case mapping.KindCategory:
		f.storeCategory(p, v.Text)
	case mapping.KindOtherKind:
		f.storeOtherKind(m, p, v)
	case mapping.KindLibrary:
		f.offer(visit.Outgoing, p, v.Text, 0, mapping.IsLibrary(v.Text))
		f.offer(i, p, v.Text, 0, v.Text != "")
	case mapping.KindRequestTime:
		nanos, _, ok := v.AsDuration(time.Second)
		f.offer(i, p, "", nanos, ok && strings.IndexByte(v.Text, ':') < 0) // a time of day elsewhere
	case mapping.KindOutgoing:
		f.storeOutgoing(m, p, v)
	case mapping.KindInnerText:
		f.storeInnerText(m, v.AsText())
	}
}

// storeCategory stores the category of a log. Splunk's format for nginx writes the
// content type there.
func (f *facts) storeCategory(p mapping.Precedence, text string) {
	if strings.IndexByte(text, '/') > 0 {
		f.offer(contentType, p.Poor(), text, 0, true)
		return
	}
	f.offer(visit.Category, p, text, 0, text != "")
	f.offer(visit.OtherKind, p, text, 0, mapping.IsOtherCategory(text))
}

var contentType = visit.ResponseHeader("content-type")

// storePeer stores the best of the addresses that a text lists.
func (f *facts) storePeer(p mapping.Precedence, text string) {
	known := &f.lastPeer
	if text != known.text {
		known.become(text)
	}
	f.offer(visit.PeerIP, p, known.ip, oneIf(known.public), known.ip != "")
}

// storeHost stores a host, or that of the start of a URL. One of the server's own
// network comes after all others.
func (f *facts) storeHost(i visit.Field, p mapping.Precedence, text string) {
	known := &f.lastBareHost
	if i == visit.BareHost {
		if text != known.text {
			known.become(text)
		}
	} else {
		known = f.hosts.of(text)
	}
	if known.quality == uri.LocalHost {
		p = p.Poor()
	}
	f.offer(i, p, known.name, known.plain, known.quality != uri.NoHost && known.name != "")
}

func oneIf(is bool) int64 {
	if is {
		return 1
	}
	return 0
}

// storeNoResponse notes a status of 0.
func (f *facts) storeNoResponse(p mapping.Precedence, v value.Value) {
	n, isNumber := v.AsNumber()
	f.offer(visit.NoResponse, p, "", 0, isNumber && n.Float() == 0)
}

// storeDuration stores a duration whose key tells its unit. Where producers differ, a fraction
// tells them apart. No answer takes less than a microsecond.
func (f *facts) storeDuration(m *mapping.Mapping, p mapping.Precedence, v value.Value) {
	nanos, hasUnit, ok := v.AsDuration(m.Unit)
	if m.Fraction != 0 && ok && !hasUnit {
		n, _ := v.AsNumber()
		if n.Float() != math.Trunc(n.Float()) {
			nanos, _, ok = v.AsDuration(m.Fraction)
		}
		ok = ok && (nanos == 0 || nanos >= int64(time.Microsecond))
	}
	f.offer(visit.Duration, p, "", nanos, ok)
}

// addDuration adds one of several parts. A negative one was not measured, so then the
// sum is not known.
func (f *facts) addDuration(v value.Value, unit time.Duration) {
	part, _, ok := v.AsDuration(unit)
	if ok && f.number[visit.DurationPart] >= 0 {
		f.set(visit.DurationPart, 1, "", f.number[visit.DurationPart]+part)
	} else if n, isNumber := v.AsNumber(); isNumber && n.Float() < 0 {
		f.set(visit.DurationPart, 1, "", int64(visit.UnknownDuration))
	}
}

// storeBareDuration stores a duration whose unit depends on the producer, unless its
// text has a unit. The producer may become known later, so the number is stored as
// milliseconds; see facts.bareDuration.
func (f *facts) storeBareDuration(p mapping.Precedence, v value.Value) {
	to := visit.BareDuration
	nanos, hasUnit, ok := v.AsDuration(time.Millisecond)
	if hasUnit {
		to = visit.Duration
	}
	f.offer(to, p, "", nanos, ok)
}

// storeEndTime stores a time, or a time of day, which W3C logs have.
func (f *facts) storeEndTime(p mapping.Precedence, v value.Value) {
	if nanos, precision, ok := v.AsTimestamp(); ok {
		f.offer(visit.EndTime, p, precision, nanos, true)
		return
	}
	nanos, ok := v.AsClock()
	f.offer(visit.Clock, p, value.PrecisionOf(v.Text), nanos, ok)
}

// storeDay stores a day, which W3C logs have. Some log shippers write a whole time
// there.
func (f *facts) storeDay(p mapping.Precedence, v value.Value) {
	if nanos, ok := v.AsDay(); ok {
		f.offer(visit.Day, p, "", nanos, true)
		return
	}
	nanos, precision, ok := v.AsTimestamp()
	f.offer(visit.EndTime, p.Poor(), precision, nanos, ok)
}
