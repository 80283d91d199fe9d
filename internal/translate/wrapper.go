// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package translate

import (
	"bytes"
	"strings"

	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/agentvisits/agentvisitsexporter/internal/ascii"
	"github.com/agentvisits/agentvisitsexporter/internal/mapping"
	"github.com/agentvisits/agentvisitsexporter/internal/value"
	"github.com/agentvisits/agentvisitsexporter/internal/visit"
)

// wrapper is the map in a log record that holds the method of its request, whatever
// the keys are called under which it lies, as in meta.req.method. It matters only if
// the known keys do not tell the whole request. Then the record is read again, and
// these keys are passed over: meta.req.url is req.url, or url.
//
// Only a method of HTTP in capitals makes a map the request's, and the path must lie in
// the same map: in meta, because req.method is a key that is known. So a name that is common elsewhere, such as path, means nothing in a
// map without a method, and a map that has nothing but a method becomes no visit.
type wrapper struct {
	isSought bool           // the map is being looked for
	path     []byte         // keys down to the map, each with a dot; empty if there is none
	outer    int            // length of the part that leads to a known key, such as meta.
	isRead   bool           // the record is read again
	text     string         // that holds the map, unless keys of the record do
	found    int            // how often one was found that counts more than those before
	fields   visit.FieldSet // what was found in the map
}

func (w *wrapper) isKnown() bool { return len(w.path) > 0 }

// seek begins the search in a log record.
func (w *wrapper) seek() { w.isSought, w.path, w.text = true, w.path[:0], "" }

// maxWrapperBytes bounds how long the path of the map is.
const maxWrapperBytes = 256

// isSignOfRequest reports whether a key is one by which the map can be found: that of a
// method or a request line, known or not.
func isSignOfRequest[K string | []byte](m *mapping.Mapping, key K) bool {
	if m != nil {
		return m.Field == visit.Method || m.Field == visit.RequestLine
	}
	return mayHoldRequest(key)
}

// mayHoldRequest reports whether a key ends as those of a method or a request line do.
func mayHoldRequest[K string | []byte](key K) bool {
	if len(key) == 0 {
		return false
	}
	switch key[len(key)-1] | 0x20 {
	case 'd':
		return endsIn(key, "method")
	case 't':
		return endsIn(key, "request")
	case 'e':
		return endsIn(key, "line")
	case 'b':
		return endsIn(key, "verb")
	}
	return false
}

// endsIn reports whether a key ends in the word, in any case.
func endsIn[K string | []byte](key K, word string) bool {
	from := len(key) - len(word)
	if from < 0 {
		return false
	}
	for i := range len(word) {
		if key[from+i]|0x20 != word[i] {
			return false
		}
	}
	return true
}

// noteRequest notes the map of a key if the text is the method of a request, or its
// first line. Of several maps the one counts whose path is the shortest.
func noteRequest[K string | []byte](t *Translator, key K, text string) {
	if len(t.prefix) == 0 && !hasDot(key) {
		return // as nearly all are, outside of maps
	}
	method, rest, isLine := strings.Cut(text[:min(len(text), maxWrapperBytes)], " ")
	if !t.wrapper.isSought || !value.IsUsualMethod(method) || isLine && !strings.HasPrefix(rest, "/") && !strings.HasPrefix(rest, "http") {
		return
	}
	path := append(t.prefix, key...)
	t.prefix = path[:len(t.prefix)]
	end := bytes.LastIndexByte(path, '.') + 1
	w := &t.wrapper
	if end == 0 || end > maxWrapperBytes || w.isKnown() && compare(path[:end], w.path) >= 0 {
		return
	}
	outer := t.beforeKnownKey(path)
	if outer < 0 || mapping.IsForeign(path[:end]) {
		return
	}
	if outer == 0 {
		outer = end // the record is not whole with this key
	}
	w.path, w.outer = append(w.path[:0], path[:end]...), outer
	w.found++
}

func hasDot[K string | []byte](key K) bool {
	for i := range len(key) {
		if key[i] == '.' {
			return true
		}
	}
	return false
}

// beforeKnownKey is the length of the part of a path that lies before a known key of a
// method or of a request line, or -1.
func (t *Translator) beforeKnownKey(path []byte) int {
	for at := 0; ; {
		if m, _ := mapping.Find(t.rules.keys, path[at:]); m != nil && (m.Field == visit.Method || m.Field == visit.RequestLine) {
			return at
		}
		dot := bytes.IndexByte(path[at:], '.')
		if dot < 0 {
			return -1
		}
		at += dot + 1
	}
}

// compare puts short paths first.
func compare(a, b []byte) int {
	if len(a) != len(b) {
		return len(a) - len(b)
	}
	return bytes.Compare(a, b)
}

// requestFields are the fields that must lie in the request's map.
var requestFields = targetFields.With(visit.SetOf(visit.Method, visit.Query, visit.Scheme))

// durationFields are the fields that tell how long the response took.
var durationFields = visit.SetOf(visit.Duration, visit.RequestTime, visit.BareDuration, visit.DurationPart)

// visitorFields are the fields that tell who sent a request.
var visitorFields = visit.SetOf(visit.UserAgent, visit.ClientIP, visit.PeerIP, visit.ForwardedFor, visit.Forwarded).With(addressSet)

// towerLogger is the logger with which Rust's tower-http says that it answered the request
// in the record's span.
const towerLogger = "tower_http::trace::on_response"

// readWrapped reads the record again, with the request's map in view. If nothing tells
// who sent the request, the map's name has to say that it is one: a service logs its
// calls of others under their names. A status that
// stands outside of it counts only beside a duration: who measured one has answered,
// whereas any message that is written during a request can have a status.
func (t *Translator) readWrapped(record plog.LogRecord) {
	f, w := &t.facts, &t.wrapper
	isTower, c := f.text[visit.Library] == towerLogger, &t.carrier
	if c.facts = c.facts[:0]; bytes.HasPrefix(w.path, []byte(entryMap)) {
		c.takeTime(f)
	}
	for i := range requestFields.Shared(&requestFields) {
		f.drop(i)
	}
	if bytes.HasPrefix(w.path, []byte(eventMap)) {
		for i := range ofEvents.Shared(&ofEvents) {
			f.drop(i)
		}
	}
	w.isSought, w.isRead, w.fields = false, true, visit.FieldSet{}
	if w.text != "" {
		t.readText(w.text, len(t.keys.order)) // without what the carrier says in a map of the same name
	} else {
		t.readRecord(record)
	}
	w.isRead = false
	c.giveTime(f)
	if !f.present.Meets(&visitorFields) && !mapping.IsOfRequest(w.path) && !isTower {
		f.drop(visit.Status)
		f.drop(visit.NoResponse)
	}
	if !w.fields.Has(visit.Status) && !f.present.Meets(&durationFields) {
		f.drop(visit.Status)
		f.drop(visit.NoResponse)
	}
}

// eventMap holds the whole record of a request in what Splunk gets. In ECS, where none is in
// it, keys such as event.duration have a meaning of their own.
const eventMap = "event."

// entryMap holds the whole record in a LogEntry of Google Cloud, whose time is of its own.
const entryMap = "jsonPayload."

// ofEvents are the fields that keys of ECS in a map of that name tell.
var ofEvents = visit.SetOf(visit.Duration, visit.StartTime, visit.EventName)

// lookupWrapped finds the mapping of a key within the request's map, or of one that
// belongs to the response, or nil. What the first of them says of a field replaces what
// was found outside. A key in a map around these, such as a time, counts as one outside.
func (t *Translator) lookupWrapped(path []byte) *mapping.Mapping {
	w := &t.wrapper
	if m := t.findAround(path); m != nil {
		return m
	}
	m := t.findRequestKey(path)
	switch isWithin := bytes.HasPrefix(path, w.path[:w.outer]); {
	case m == nil:
		m = t.findResponseKey(path)
	case !isWithin && requestFields.Has(m.Field):
		return nil
	case !isWithin:
		beside := t.findResponseKey(path)
		if beside == nil {
			return m
		}
		m = beside
	}
	if m != nil && m.Field != visit.NoField && !w.fields.Has(m.Field) {
		w.fields.Add(m.Field)
		t.facts.drop(m.Field)
	}
	return m
}

// findAround finds the known key of a map around the request's, which may stand as text.
func (t *Translator) findAround(path []byte) *mapping.Mapping {
	w := t.wrapper.path
	if len(path) >= len(w) || w[len(path)] != '.' || !bytes.HasPrefix(w, path) {
		return nil
	}
	m, _ := mapping.Find(t.rules.keys, path)
	if m == nil || !mapping.MayHoldJSON(m.Field) {
		return nil
	}
	return m
}

// findRequestKey passes over the keys that lead to the request's map, one by one, until
// the rest of the path is known.
func (t *Translator) findRequestKey(path []byte) *mapping.Mapping {
	rest, w := path, t.wrapper.path
	for len(w) > 0 {
		name := w[:bytes.IndexByte(w, '.')+1]
		if !bytes.HasPrefix(rest, name) {
			break
		}
		if m, _ := mapping.Find(t.rules.keys, rest); m != nil && (string(name) != eventMap || m.IsOwn()) {
			return m
		}
		rest, w = rest[len(name):], w[len(name):]
	}
	if len(rest) == len(path) {
		return nil
	}
	m, _ := mapping.Find(t.rules.keys, rest)
	return m
}

// responseFields are the fields that a map beside the request's can hold.
var responseFields = visit.SetOf(visit.Status, visit.NoResponse, visit.EndTime).With(durationFields)

// findResponseKey finds a key of a map beside the request's that is named after a
// response, such as httpResponse beside httpRequest.
func (t *Translator) findResponseKey(path []byte) *mapping.Mapping {
	w := t.wrapper.path
	parent := bytes.LastIndexByte(w[:len(w)-1], '.') + 1
	if !bytes.HasPrefix(path, w[:parent]) {
		return nil
	}
	name, rest, isMap := bytes.Cut(path[parent:], []byte{'.'})
	if !isMap || !isResponse(name) {
		return nil
	}
	spelt := append(append(t.spelt[:0], "response."...), rest...)
	t.spelt = spelt
	if m, _ := mapping.Find(t.rules.keys, spelt); m != nil {
		return m
	}
	if m, _ := mapping.Find(t.rules.keys, rest); m != nil && responseFields.Has(m.Field) {
		return m
	}
	return nil
}

// isResponse says whether a map is named after a response.
func isResponse(name []byte) bool {
	return endsIn(name, "response") || responseNames.Has(bytes.ToLower(name[:min(len(name), maxResponseName)]))
}

const maxResponseName = 8

var responseNames = ascii.NewWordFilter(ascii.WordSet("res resp reply"))
