// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package blocks

import (
	"maps"
	"slices"
	"strings"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/extension/xextension/storage"

	"github.com/agentvisits/agentvisitsexporter/internal/validation"
)

// Extensions are those that run in the Collector.
type Extensions map[component.ID]component.Component

// Check reports that an extension that a key names does not run. What the key names is not
// shown.
func (e Extensions) Check(f validation.Faults, key string, id component.ID) {
	if _, runs := e[id]; !runs {
		f.Add(key, "names an extension that does not run: %s", e.remedy(func(component.Component) bool { return true }))
	}
}

// CheckStorage reports that the extension that a key names does not run, or keeps no data.
func (e Extensions) CheckStorage(f validation.Faults, key string, id component.ID) {
	isStorage := func(c component.Component) bool {
		_, ok := c.(storage.Extension)
		return ok
	}
	switch extension, runs := e[id]; {
	case !runs:
		f.Add(key, "names an extension that does not run: %s", e.remedy(isStorage))
	case !isStorage(extension):
		f.Add(key, "names an extension that keeps no data: write the name of one that does, such as file_storage; if it is new, %s", defineExtension)
	}
}

const defineExtension = "define it below `extensions` and add it to the list `service::extensions`"

// remedy offers the extensions that fit and run.
func (e Extensions) remedy(fits func(component.Component) bool) string {
	var names []string
	for id, extension := range maps.All(e) {
		if fits(extension) {
			names = append(names, id.String())
		}
	}
	if len(names) == 0 {
		return defineExtension
	}
	slices.Sort(names)
	return defineExtension + ", or write one that runs: " + strings.Join(names, ", ")
}
