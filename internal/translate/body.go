// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package translate

import (
	"encoding/json"
	"errors"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/go-faster/jx"

	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/agentvisits/agentvisitsexporter/internal/accesslog"
	"github.com/agentvisits/agentvisitsexporter/internal/ascii"
	"github.com/agentvisits/agentvisitsexporter/internal/mapping"
	"github.com/agentvisits/agentvisitsexporter/internal/value"
	"github.com/agentvisits/agentvisitsexporter/internal/visit"
)

// maxBodyText is the length of the longest text that is read. A line of an access log
// is no longer than the headers of its request.
const maxBodyText = 256 << 10

// readBody stores what the body of a log record says. A text is read only if the
// attributes do not have the request already. The body's first key is the record's
// key with the given number.
func (t *Translator) readBody(body pcommon.Value, first int) {
	switch body.Type() {
	case pcommon.ValueTypeMap:
		t.readMap(body.Map(), first, 0)
	case pcommon.ValueTypeStr:
		if t.facts.hasRequest() {
			t.facts.noteWords(body.Str())
			t.facts.noteMessage(t.facts.message()) // beside a body that is a path
			t.facts.offer(visit.InnerText, mapping.FromLine, body.Str(), 0, strings.HasPrefix(body.Str(), "/"))
		} else {
			t.readCarried(body.Str(), first)
		}
	case pcommon.ValueTypeBytes:
		if !t.facts.hasRequest() {
			t.readCarried(string(body.Bytes().AsRaw()), first)
		}
	}
	if !t.facts.hasRequest() {
		t.columns.isInner = true
		t.readInnerText()
	}
}

// maxInner is how deep texts are read that stand in each other, such as a message in the
// JSON object of a program, in that of a container's runtime.
const maxInner = 3

// readInnerText reads a line or an object that stands as text under a key, and what
// stands so in that object. The text itself stays: the record may be read again.
func (t *Translator) readInnerText() {
	f := &t.facts
	outer, p := f.text[visit.InnerText], f.precedence[visit.InnerText]
	text := outer
	for depth := 0; text != "" && depth < maxInner && !f.hasRequest() && f.mayCarry(); depth++ {
		if f.text[visit.Library] == uvicornLogger {
			text = "INFO: " + text
		}
		f.drop(visit.InnerText)
		t.readCarried(text, len(t.keys.order))
		text = f.text[visit.InnerText]
		f.noteMessage(f.message())
		f.takeMessage()
	}
	if outer != "" {
		f.set(visit.InnerText, p, outer, 0)
	}
}

// uvicornLogger is the logger with which Uvicorn writes lines without date and user agent.
// They count behind a logger's level only.
const uvicornLogger = "uvicorn.access"

// noteMessage notes that a message, which the body is beside attributes or which a text
// holds, says that the service called another one.
func (f *facts) noteMessage(text string) {
	if text == "" { // most records have no event name
		return
	}
	f.offer(visit.Outgoing, mapping.FromLine, text, 0, mapping.IsOfSending(text))
	f.offer(visit.Outgoing, mapping.FromLine.Poor(), text, callSign, mapping.TellsOfCall(text))
}

// noteWords notes also that words can be of no server.
func (f *facts) noteWords(text string) {
	f.noteMessage(text)
	f.offer(visit.Outgoing, mapping.FromLine.Poor(), text, callSign, !f.knowsVisitor() && !mapping.IsOfServer(text))
}

// readText stores what a text says: a JSON object, or a line of an access log. A text
// that is neither, or that is cut off, says nothing. The object's first key is the record's
// key with the given number.
func (t *Translator) readText(text string, first int) {
	text = trimmed(withoutContainerPrefix(trimmed(text)))
	switch {
	case text == "" || len(text) > maxBodyText:
	case text[0] != '{' && text[len(text)-1] == '}' && t.readPrefixedJSON(text, first):
	case text[0] != '{':
		t.readLine(text)
	case !t.readFlatJSON(text, first) && !t.readJSON(text) && !t.readJSON(ascii.WithoutByteEscapes(text)):
		t.facts.reset(t.source)
	}
}

// readPrefixedJSON stores what JSON behind a prefix says, and reports whether it is JSON.
func (t *Translator) readPrefixedJSON(text string, first int) bool {
	length, names := accesslog.PrefixOfJSON(text, t.facts.zone)
	if length > 0 {
		t.facts.noteNames(names)
		t.facts.noteCaller(mapping.IsOfCaller(names.Logger) || mapping.BeginsWithFault(text))
		t.readText(text[length:], first)
	}
	return length > 0
}

// trimmed removes what stands around a text and says nothing: blanks, the mark of a byte
// order, a NUL at the end, as syslog over UDP may have, and the colour of the whole.
func trimmed(text string) string {
	for {
		text = strings.TrimSpace(text)
		if text == "" || text[0] < byteOrderMark[0] && text[0] != '\x1b' && text[len(text)-1] != 'm' && text[len(text)-1] != 0 {
			return text
		}
		plain := strings.TrimRight(strings.TrimPrefix(text, byteOrderMark), "\x00")
		if plain = accesslog.WithoutColourAround(plain); len(plain) == len(text) {
			return text
		}
		text = plain
	}
}

const byteOrderMark = "\ufeff"

// withoutContainerPrefix removes what container runtimes write before a line of a
// container's standard output: "2026-05-04T09:15:02.120Z stdout F ". Of a line that
// they split into parts nothing remains.
func withoutContainerPrefix(text string) string {
	if len(text) < len("2026-") || text[4] != '-' {
		return text
	}
	_, rest, found := strings.Cut(text[:min(len(text), 64)], " std")
	if !found || len(rest) < len("out F ") || rest[3] != ' ' {
		return text
	}
	if _, ok := value.ParseLineTime(text[:strings.IndexByte(text, ' ')], time.UTC); !ok {
		return text
	}
	switch rest[:len("out F ")] {
	case "out F ", "err F ":
		return text[strings.Index(text, " std")+len(" stdout F "):]
	}
	return ""
}

// readJSON stores what a JSON object says. It reports whether the whole text could
// be read.
func (t *Translator) readJSON(text string) bool {
	t.body, t.text = append(t.body[:0], text...), text
	if mayFailDeep(text) && !json.Valid(t.body) {
		return false
	}
	t.json.ResetBytes(t.body)
	return t.readObject(&t.json, 0) == nil && isAtEnd(&t.json)
}

// manyBrackets is more than the JSON of most logs has.
const manyBrackets = 16

// mayFailDeep says whether JSON may be nested so deep that it is cheaper to validate
// it first: jx wraps an error once for each level above it, and each takes a
// microsecond.
func mayFailDeep(text string) bool {
	return strings.Count(text, "[")+strings.Count(text, "{") > manyBrackets
}

// borrowed makes a string of bytes that the decoder returned. If they are a part of
// t.body, it is the same part of t.text, which costs no copy.
func (t *Translator) borrowed(part []byte) string {
	at := cap(t.body) - cap(part)
	if at >= 0 && at+len(part) <= len(t.text) && t.text[at:at+len(part)] == string(part) {
		return t.text[at : at+len(part)]
	}
	return string(part)
}

// isAtEnd says whether nothing but space is left.
func isAtEnd(d *jx.Decoder) bool {
	err := d.Skip()
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
}

// readInnerJSON stores what an object says that stands as text in another one.
func (t *Translator) readInnerJSON(text string, depth int) {
	if mayFailDeep(text) && !json.Valid([]byte(text)) {
		return
	}
	_ = t.readObject(jx.DecodeStr(text), depth) // on a fault, what was read before it counts
}

// readObject stores what an object says.
func (t *Translator) readObject(d *jx.Decoder, depth int) error {
	return d.ObjBytes(func(d *jx.Decoder, name []byte) error {
		m := lookup(t, name)
		switch next := d.Next(); {
		case next == jx.Object && depth < maxDepth:
			if m != nil {
				t.facts.recognize(m.Source)
			}
			if mayBeParameters(m, name) {
				return t.readParameters(d, m)
			}
			mark := descend(t, name)
			err := t.readObject(d, depth+1)
			t.prefix = t.prefix[:mark]
			return err
		case m == nil && (next != jx.String || !mayHoldRequest(name)):
			return d.Skip()
		}
		if m != nil && m.Field == visit.Query && d.Next() == jx.Array {
			return t.readOnly(d, m)
		}
		v, err := t.jsonValue(d)
		switch {
		case err != nil:
		case m == nil:
			noteRequest(t, name, v.Text)
		default:
			take(t, m, name, v, depth)
		}
		return err
	})
}

// jsonValue reads a value. An object has none. The elements of a list are joined.
func (t *Translator) jsonValue(d *jx.Decoder) (value.Value, error) {
	switch d.Next() {
	case jx.String:
		text, err := d.StrBytes()
		return value.Text(t.borrowed(text)), err
	case jx.Number:
		return jsonNumber(d)
	case jx.Bool:
		b, err := d.Bool()
		return value.Text(strconv.FormatBool(b)), err
	case jx.Array:
		return t.jsonList(d)
	}
	return value.Value{}, d.Skip()
}

func jsonNumber(d *jx.Decoder) (value.Value, error) {
	number, err := d.Num()
	if err != nil {
		return value.Value{}, err
	}
	return numberOf(string(number)), nil
}

// numberOf is the value of a number in JSON. One that is too large has none.
func numberOf(text string) value.Value {
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return value.Whole(n)
	}
	if n, err := strconv.ParseFloat(text, 64); err == nil {
		return value.OfNumber(n)
	}
	return value.Value{}
}

func (t *Translator) jsonList(d *jx.Decoder) (value.Value, error) {
	var joined strings.Builder
	var only value.Value
	elements := 0
	err := d.Arr(func(d *jx.Decoder) error {
		if next := d.Next(); next == jx.Array || next == jx.Object {
			return d.Skip()
		}
		element, err := t.jsonValue(d)
		if elements++; elements == 1 {
			only = element
		}
		value.AppendElement(&joined, element)
		return err
	})
	if elements == 1 {
		return only, err
	}
	return value.Text(joined.String()), err
}
