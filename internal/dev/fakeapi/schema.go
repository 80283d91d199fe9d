// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package fakeapi

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// field is the rule for one field of a visit. check gets the decoded JSON value
// (string, json.Number, bool, map[string]any, []any or nil). It returns the fault in
// words, without the value.
type field struct {
	required bool
	check    func(value any) error
}

// schema holds the fields that a visit may have, by name.
type schema map[string]field

// check returns the first fault of a visit: that of a known field first, in the order
// of names, then an unknown field.
func (s schema) check(visit map[string]any) error {
	for _, name := range sortedKeys(s) {
		value, present := visit[name]
		switch {
		case present:
			if err := s[name].check(value); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
		case s[name].required:
			return fmt.Errorf("%s: is required", name)
		}
	}
	for _, name := range sortedKeys(visit) {
		if _, known := s[name]; !known {
			return fmt.Errorf("%s: is not a field of this API", shortQuote(name))
		}
	}
	return nil
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

// text returns a check that requires a string and applies the rules to it.
func text(rules ...func(string) error) func(any) error {
	return func(value any) error {
		s, ok := value.(string)
		if !ok {
			return errors.New("must be a string")
		}
		for _, rule := range rules {
			if err := rule(s); err != nil {
				return err
			}
		}
		return nil
	}
}

// oneLine refuses control characters, because a request line cannot hold them.
func oneLine(s string) error {
	if strings.ContainsFunc(s, isControl) {
		return errors.New("must not have control characters")
	}
	return nil
}

// headerText refuses the control characters that no header can hold. A tab is legal
// (RFC 9110, section 5.5).
func headerText(s string) error { return oneLine(strings.ReplaceAll(s, "\t", " ")) }

func isControl(r rune) bool { return r < ' ' || r == 0x7f }

func notBlank(s string) error {
	if strings.TrimSpace(s) == "" {
		return errors.New("must not be empty")
	}
	return nil
}

// upperToken requires an HTTP method: a token (RFC 9110, 5.6.2) in upper case.
func upperToken(s string) error {
	if !isToken(s) || s != strings.ToUpper(s) {
		return errors.New("must be a method in upper case, such as GET")
	}
	return nil
}

func isToken(s string) bool {
	for _, c := range []byte(s) {
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
		digit := c >= '0' && c <= '9'
		if !letter && !digit && !strings.ContainsRune("!#$%&'*+-.^_`|~", rune(c)) {
			return false
		}
	}
	return s != ""
}

// integer returns a check that requires an integer in a range, without fraction and
// exponent.
func integer(lowest, highest int64) func(any) error {
	return func(value any) error {
		number, ok := value.(json.Number)
		if !ok {
			return errors.New("must be a number")
		}
		n, err := strconv.ParseInt(number.String(), 10, 64)
		if err != nil || number == "-0" {
			return errors.New("must be an integer")
		}
		if n < lowest || n > highest {
			return fmt.Errorf("must be from %d to %d", lowest, highest)
		}
		return nil
	}
}

// statusCode and milliseconds check the integers that both APIs have. A request that
// takes more than a week is a sign of a wrong unit.
var (
	statusCode   = integer(100, 599)
	milliseconds = integer(0, 7*24*60*60*1000)
)

func boolean(value any) error {
	if _, ok := value.(bool); !ok {
		return errors.New("must be true or false")
	}
	return nil
}

func object(value any) error {
	if _, ok := value.(map[string]any); !ok {
		return errors.New("must be an object")
	}
	return nil
}
