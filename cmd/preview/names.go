// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"maps"
	"slices"
)

// names is a set of names. Visitors can invent any number of sites, so it is bounded.
type names map[string]bool

const maxNames = 500

func (n names) add(name string) {
	if name != "" && len(n) < maxNames {
		n[name] = true
	}
}

// list is in alphabetical order. Names that are not printable are left out, because a
// page could not send them back.
func (n names) list() []string {
	list := make([]string, 0, len(n))
	for _, name := range slices.Sorted(maps.Keys(n)) {
		if displayText(name) == name {
			list = append(list, name)
		}
	}
	return list
}
