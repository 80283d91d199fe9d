// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package translate

import (
	"github.com/agentvisits/agentvisitsexporter/internal/mapping"
	"github.com/agentvisits/agentvisitsexporter/internal/visit"
)

// carrier is what the keys around a text say: those of a runtime, a log shipper or a receiver.
// Their hosts, addresses, paths and times are of whoever carried the text.
type carrier struct {
	facts  []carriedFact
	source mapping.SourceID
}

type carriedFact struct {
	field      visit.Field
	precedence mapping.Precedence
	text       string
	number     int64
}

// readCarried reads a text around which keys may stand. If the text has the request, it
// counts alone. Only a carrier's time counts for a text that has none, and who sent the request
// if a logger says so beside a text that does not.
func (t *Translator) readCarried(text string, first int) {
	f, w := &t.facts, &t.wrapper
	isCarried, found := !w.isRead && f.present.Meets(&ofCarriers), w.found
	if isCarried {
		t.carrier.take(f, t.source)
	}
	t.readText(text, first)
	isWithin := w.found != found // else the carrier may itself be the request's record
	if isWithin {
		w.text = text
	}
	switch {
	case !isCarried: // as of nearly all lines
	case f.hasRequest(), isWithin, !w.isKnown() && f.present.Meets(&targetFields):
		if !f.present.Meets(&visitorFields) && t.carrier.isOfLogger() {
			t.carrier.giveVisitor(f)
		}
		t.carrier.giveHost(f)
		t.carrier.giveTime(f)
	default:
		t.carrier.giveBack(f)
	}
}

// signsOfCarrier are the fields of a carrier that count: they say that what it carries is no
// request, or hold a further text.
var signsOfCarrier = visit.SetOf(visit.NoField, visit.Outgoing, visit.OtherKind, visit.EventName, visit.InnerText)

// ofCarriers are the others.
var ofCarriers = visit.FieldsWithin(0, visit.FieldCount).Without(signsOfCarrier)

// ownTimes are the fields that tell when the request of a text was.
var ownTimes = visit.SetOf(visit.StartTime, visit.EndTime, visit.Clock)

// take takes away what was read, except of keys that users name.
func (c *carrier) take(f *facts, source mapping.SourceID) {
	c.facts, c.source = c.facts[:0], f.source
	for i := range ofCarriers.Shared(&f.present) {
		if f.precedence[i] >= mapping.FromBuiltinKey {
			c.facts = append(c.facts, carriedFact{i, f.precedence[i], f.text[i], f.number[i]})
		}
	}
	for i := range c.facts {
		f.drop(c.facts[i].field)
	}
	if !mapping.Sources[f.source].NoVisits {
		f.source = source
	}
}

// takeTime takes away the time alone.
func (c *carrier) takeTime(f *facts) {
	if i := visit.EndTime; f.has(i) {
		c.facts = append(c.facts, carriedFact{i, f.precedence[i], f.text[i], f.number[i]})
		f.drop(i)
	}
}

// isOfLogger reports whether the keys are those of a program that logs a request as a text, with
// its user agent beside it. Whoever carries texts by requests of its own says what was asked for,
// or what the answer was, but hardly by which method.
func (c *carrier) isOfLogger() bool {
	var has visit.FieldSet
	for i := range c.facts {
		has.Add(c.facts[i].field)
	}
	return has.Meets(&agentFields) && (has.Meets(&methodFields) || !has.Meets(&askedFields))
}

var (
	agentFields  = visit.SetOf(visit.UserAgent)
	methodFields = visit.SetOf(visit.Method, visit.RequestLine)
	askedFields  = targetFields.With(visit.SetOf(visit.Status))
)

// giveVisitor completes the facts of a text with who sent the request, and its referer.
func (c *carrier) giveVisitor(f *facts) {
	for i := range c.facts {
		at := &c.facts[i]
		if !f.has(at.field) && (at.field == visit.Referer || visitorFields.Has(at.field)) {
			f.set(at.field, at.precedence, at.text, at.number)
		}
	}
}

// lastOwnHost is the precedence of server.address, the last of the keys that users set to name the
// host of a log. A receiver writes net.host.name for itself.
const lastOwnHost = mapping.FromBuiltinKey + 2

// giveHost completes the facts of a text without a host.
func (c *carrier) giveHost(f *facts) {
	for i := range c.facts {
		if at := &c.facts[i]; at.field == visit.Host && at.precedence <= lastOwnHost && !f.has(visit.Host) && !f.has(visit.BareHost) {
			f.set(at.field, at.precedence, at.text, at.number)
		}
	}
}

// giveTime completes the facts of a text without a time.
func (c *carrier) giveTime(f *facts) {
	for i := range c.facts {
		if at := &c.facts[i]; at.field == visit.EndTime && !f.present.Meets(&ownTimes) {
			f.set(at.field, at.precedence, at.text, at.number)
		}
	}
	clear(c.facts)
}

// giveBack completes the facts with all that was taken away.
func (c *carrier) giveBack(f *facts) {
	for i := range c.facts {
		if fact := &c.facts[i]; f.lacks(fact.field, fact.precedence) || f.precedence[fact.field] == fact.precedence {
			f.set(fact.field, fact.precedence, fact.text, fact.number)
		}
	}
	clear(c.facts)
	if f.source == 0 {
		f.source = c.source
	}
}
