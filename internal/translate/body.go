// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package translate

import (
	"encoding/json"
	"errors"
	"io"
	"strconv"
	"strings"

	"github.com/go-faster/jx"

	"github.com/agentvisits/agentvisitsexporter/internal/ascii"
	"github.com/agentvisits/agentvisitsexporter/internal/value"
)

// maxBodyText bounds the text of a log record that is read. A line of an access log
// is no longer than the headers of its request.
const maxBodyText = 256 << 10

func isJSONObject(s string) bool {
	return len(s) > 1 && s[0] == '{' && s[len(s)-1] == '}'
}

// readText takes the facts out of a record's text: a JSON object or a line of
// an access log. Text that is neither, or cut off, gives none.
func (t *Translator) readText(text string) {
	text = withoutContainerPrefix(strings.TrimSpace(text))
	switch {
	case text == "" || len(text) > maxBodyText:
	case text[0] != '{':
		t.readLine(text)
	case !t.readJSON(text) && !t.readJSON(ascii.WithoutByteEscapes(text)):
		t.facts.reset(t.source)
	}
}

// withoutContainerPrefix cuts off what container runtimes write before a line of
// a container's standard output: "2026-05-04T09:15:02.120Z stdout F ". A line that
// they cut into parts becomes empty.
func withoutContainerPrefix(text string) string {
	_, rest, found := strings.Cut(text[:min(len(text), 64)], " std")
	if !found || len(rest) < len("out F ") || rest[3] != ' ' {
		return text
	}
	if _, ok := value.Text(text[:strings.IndexByte(text, ' ')]).AsTime(); !ok {
		return text
	}
	switch rest[:len("out F ")] {
	case "out F ", "err F ":
		return text[strings.Index(text, " std")+len(" stdout F "):]
	}
	return ""
}

// readJSON takes the facts out of a JSON object. It reports whether the whole
// of it could be read.
func (t *Translator) readJSON(text string) bool {
	t.body, t.text = append(t.body[:0], text...), text
	if mayFailDeep(text) && !json.Valid(t.body) {
		return false
	}
	t.json.ResetBytes(t.body)
	return t.readObject(&t.json, 0) == nil && isAtEnd(&t.json)
}

// manyBrackets is more than most logs have.
const manyBrackets = 16

// mayFailDeep says whether JSON may be nested so deep that it is cheaper to look for
// a fault first: jx wraps the error of a fault once for each level above it, and each
// takes a microsecond.
func mayFailDeep(text string) bool {
	return strings.Count(text, "[")+strings.Count(text, "{") > manyBrackets
}

// borrowed turns a part of t.body into the same part of t.text, so that nothing is
// copied: t.body is a copy of t.text. A part of anything else is copied.
func (t *Translator) borrowed(part []byte) string {
	at := cap(t.body) - cap(part)
	if at >= 0 && at+len(part) <= len(t.text) && t.text[at:at+len(part)] == string(part) {
		return t.text[at : at+len(part)]
	}
	return string(part)
}

func isAtEnd(d *jx.Decoder) bool {
	err := d.Skip()
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
}

// readInnerJSON reads an object that stands as text in another one.
func (t *Translator) readInnerJSON(text string, depth int) {
	if mayFailDeep(text) && !json.Valid([]byte(text)) {
		return
	}
	_ = t.readObject(jx.DecodeStr(text), depth) // what cannot be read is as good as absent
}

func (t *Translator) readObject(d *jx.Decoder, depth int) error {
	return d.ObjBytes(func(d *jx.Decoder, name []byte) error {
		a := lookup(t, name)
		switch next := d.Next(); {
		case next == jx.Object && depth < maxDepth:
			if a != nil {
				t.facts.recognize(a.Source)
			}
			mark := descend(t, name)
			err := t.readObject(d, depth+1)
			t.prefix = t.prefix[:mark]
			return err
		case a == nil:
			return d.Skip()
		}
		v, err := t.jsonValue(d)
		if err == nil {
			take(t, a, name, v, depth)
		}
		return err
	})
}

// jsonValue reads a value of any kind but an object. A list's elements are
// joined.
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
	if n, err := strconv.ParseInt(string(number), 10, 64); err == nil {
		return value.Whole(n), nil
	}
	n, err := strconv.ParseFloat(string(number), 64)
	if errors.Is(err, strconv.ErrRange) {
		return value.Value{}, nil
	}
	return value.OfNumber(n), err
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
