// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package fakeapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"unicode/utf8"
)

// drainBytes bounds how much is read of a body that is too large. Reading it gives its
// size and lets the client read the answer.
const drainBytes = 64 << 20

// readBody returns a body and its size. For a body above MaxBodyBytes it returns only
// the size.
func readBody(r io.Reader) (body []byte, size int, err error) {
	body, err = io.ReadAll(io.LimitReader(r, MaxBodyBytes+1))
	if err != nil {
		return nil, 0, err
	}
	if len(body) <= MaxBodyBytes {
		return body, len(body), nil
	}
	rest, err := io.Copy(io.Discard, io.LimitReader(r, drainBytes))
	return nil, len(body) + int(rest), err
}

// decodeObject decodes one JSON object. Unlike encoding/json, it refuses duplicate keys
// at any depth, and numbers keep their text. raw must be valid JSON.
func decodeObject(raw []byte) (map[string]any, error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	value, err := decodeValue(d)
	if err != nil {
		return nil, err
	}
	object, ok := value.(map[string]any)
	if !ok {
		return nil, errors.New("must be an object")
	}
	return object, nil
}

func decodeValue(d *json.Decoder) (any, error) {
	token, err := d.Token()
	if err != nil {
		return nil, err
	}
	switch token {
	case json.Delim('{'):
		return decodeMembers(d)
	case json.Delim('['):
		return decodeElements(d)
	default:
		return token, nil
	}
}

func decodeMembers(d *json.Decoder) (map[string]any, error) {
	object := map[string]any{}
	for d.More() {
		token, err := d.Token()
		if err != nil {
			return nil, err
		}
		key, ok := token.(string)
		if !ok {
			return nil, errors.New("has a key that is not a string")
		}
		if _, twice := object[key]; twice {
			return nil, fmt.Errorf("has the key %s twice", shortQuote(key))
		}
		if object[key], err = decodeValue(d); err != nil {
			return nil, err
		}
	}
	_, err := d.Token() // the closing brace
	return object, err
}

func decodeElements(d *json.Decoder) ([]any, error) {
	elements := []any{}
	for d.More() {
		element, err := decodeValue(d)
		if err != nil {
			return nil, err
		}
		elements = append(elements, element)
	}
	_, err := d.Token() // the closing bracket
	return elements, err
}

// checkText refuses what encoding/json would silently replace with U+FFFD: bytes that
// are not UTF-8, and half of an escaped surrogate pair.
func checkText(body []byte) error {
	if !utf8.Valid(body) {
		return errors.New("the body is not valid UTF-8")
	}
	for i := 0; i < len(body); i++ {
		if body[i] != '\\' {
			continue
		}
		i++ // the escaped character
		switch unit := escapedUnit(body, i-1); {
		case unit >= 0xD800 && unit < 0xDC00:
			if low := escapedUnit(body, i+5); low < 0xDC00 || low > 0xDFFF {
				return fmt.Errorf("byte %d: has half of a surrogate pair", i-1)
			}
			i += 10 // uXXXX\uXXXX, except for the byte that the loop steps over
		case unit >= 0xDC00 && unit <= 0xDFFF:
			return fmt.Errorf("byte %d: has half of a surrogate pair", i-1)
		}
	}
	return nil
}

// escapedUnit returns the UTF-16 code unit of the escape \uXXXX at position i, or -1.
func escapedUnit(body []byte, i int) int64 {
	if i < 0 || i+6 > len(body) || body[i] != '\\' || body[i+1] != 'u' {
		return -1
	}
	unit, err := strconv.ParseUint(string(body[i+2:i+6]), 16, 16)
	if err != nil {
		return -1
	}
	return int64(unit)
}

// shortQuote quotes a field's or header's name for an error message. It escapes and
// shortens the name, because the client chose it.
func shortQuote(name string) string {
	const most = 40
	if runes := []rune(name); len(runes) > most {
		name = string(runes[:most]) + "…"
	}
	return strconv.QuoteToASCII(name)
}
