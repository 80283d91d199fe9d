// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package validation

import (
	"fmt"
	"slices"
	"strings"
)

// Faults collects what is wrong with a configuration, block by block. Each fault begins
// with the YAML key as it is written below the exporter, says what was found there, unless
// that may be a secret, and ends with the remedy.
//
// Apart from them it collects doubts: settings that can work and most likely do not do what
// was meant.
type Faults struct {
	path   string // of the block that is being checked, with "::" at the end
	found  *[]error
	doubts *[]string
}

// NewFaults returns an empty collection, for the outermost block.
func NewFaults() Faults { return Faults{found: new([]error), doubts: new([]string)} }

// In returns the collection for a block within this one.
func (f Faults) In(block string) Faults {
	return Faults{path: f.path + block + "::", found: f.found, doubts: f.doubts}
}

// Key returns a key of the block in the form that messages have.
func (f Faults) Key(name string) string { return "`" + f.path + name + "`" }

// Add reports a fault of a key of the block. The message follows the key.
func (f Faults) Add(key, format string, args ...any) {
	f.AddError(fmt.Errorf("%s %w", f.Key(key), fmt.Errorf(format, args...)))
}

// AddError reports a fault that belongs to no single key.
func (f Faults) AddError(err error) { *f.found = append(*f.found, err) }

// Doubt reports a setting that is allowed and most likely not meant. The message follows
// the key, as in Add.
func (f Faults) Doubt(key, format string, args ...any) {
	*f.doubts = append(*f.doubts, f.Key(key)+" "+fmt.Sprintf(format, args...))
}

// Doubts returns what Doubt reported.
func (f Faults) Doubts() []string { return *f.doubts }

// Choice checks a key whose value is one of a few, or empty.
func (f Faults) Choice(key, value string, choices []string) {
	if value != "" && !slices.Contains(choices, value) {
		f.Add(key, "is %q: write one of %s", Shorten(value), strings.Join(choices, ", "))
	}
}

// Err returns all faults as one error, or nil if there are none.
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
	for _, fault := range l[:min(len(l), maxShownFaults)] {
		text.WriteString("\n  " + fault.Error())
	}
	if rest := len(l) - maxShownFaults; rest > 0 {
		fmt.Fprintf(&text, "\n  and %d more", rest)
	}
	return text.String()
}

// maxShownFaults is how many faults a message shows. A long list of sites can have many.
const maxShownFaults = 50

func (l faultList) Unwrap() []error { return l }

// Shorten cuts a value that is too long for a message.
func Shorten(s string) string {
	if len(s) > maxShownBytes {
		return s[:maxShownBytes] + "..."
	}
	return s
}

// maxShownBytes is how much of a value a message shows.
const maxShownBytes = 80
