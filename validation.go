// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import (
	"fmt"
	"slices"
	"strings"
)

// faults collects what is wrong with a configuration, block by block. Each fault
// names the YAML key as it is written below the exporter, says what was found
// there unless that may be a secret, and ends with the remedy.
type faults struct {
	path  string // of the block that is checked, with "::" after it
	found *[]error
}

func newFaults() faults { return faults{found: new([]error)} }

// in is for the faults of a block within this one.
func (f faults) in(block string) faults {
	return faults{path: f.path + block + "::", found: f.found}
}

// key is a key of the block as messages write it.
func (f faults) key(name string) string { return "`" + f.path + name + "`" }

// add reports a fault of a key of the block. The message goes on after the key.
func (f faults) add(key, format string, args ...any) {
	f.addError(fmt.Errorf("%s %w", f.key(key), fmt.Errorf(format, args...)))
}

// addError reports a fault that belongs to no single key.
func (f faults) addError(err error) { *f.found = append(*f.found, err) }

// choice checks a key that has one of a few values, or none.
func (f faults) choice(key, value string, choices []string) {
	if value != "" && !slices.Contains(choices, value) {
		f.add(key, "is %q: write one of %s", shorten(value), strings.Join(choices, ", "))
	}
}

// err is nil if there are no faults.
func (f faults) err() error {
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

// shorten keeps a wrong value from filling a message.
func shorten(s string) string {
	if len(s) > 80 {
		return s[:80] + "..."
	}
	return s
}
