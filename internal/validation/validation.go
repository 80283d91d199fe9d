// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package validation

import (
	"fmt"
	"slices"
	"strings"
)

// Faults collects what is wrong with a configuration, block by block. Each fault
// names the YAML key as it is written below the exporter, says what was found
// there unless that may be a secret, and ends with the remedy.
type Faults struct {
	path  string // of the block that is checked, with "::" after it
	found *[]error
}

func NewFaults() Faults { return Faults{found: new([]error)} }

// In is for the faults of a block within this one.
func (f Faults) In(block string) Faults {
	return Faults{path: f.path + block + "::", found: f.found}
}

// Key is a key of the block as messages write it.
func (f Faults) Key(name string) string { return "`" + f.path + name + "`" }

// Add reports a fault of a key of the block. The message goes on after the key.
func (f Faults) Add(key, format string, args ...any) {
	f.AddError(fmt.Errorf("%s %w", f.Key(key), fmt.Errorf(format, args...)))
}

// AddError reports a fault that belongs to no single key.
func (f Faults) AddError(err error) { *f.found = append(*f.found, err) }

// Choice checks a key that has one of a few values, or none.
func (f Faults) Choice(key, value string, choices []string) {
	if value != "" && !slices.Contains(choices, value) {
		f.Add(key, "is %q: write one of %s", Shorten(value), strings.Join(choices, ", "))
	}
}

// Err is nil if there are no faults.
func (f Faults) Err() error {
	if len(*f.found) == 0 {
		return nil
	}
	return faultList(*f.found)
}

type faultList []error

// Error puts each of several faults on a line of its own.
func (l faultList) Error() string {
	if len(l) == 1 {
		return l[0].Error()
	}
	var text strings.Builder
	fmt.Fprintf(&text, "%d faults:", len(l))
	for _, fault := range l {
		text.WriteString("\n  " + fault.Error())
	}
	return text.String()
}

func (l faultList) Unwrap() []error { return l }

// Shorten keeps a wrong value from filling a message.
func Shorten(s string) string {
	if len(s) > 80 {
		return s[:80] + "..."
	}
	return s
}
