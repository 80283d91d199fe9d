// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package blocks

import (
	"fmt"
	"slices"
	"strings"

	"go.opentelemetry.io/collector/confmap"

	"github.com/agentvisits/agentvisitsexporter/internal/validation"
)

// addUnknown reports a key that the block at a path does not have.
func (d *decoding) addUnknown(f validation.Faults, path, siblings []string, key string) {
	if before, after, hasColon := strings.Cut(key, ":"); hasColon && slices.Contains(siblings, before) && after != "" {
		f.Add(before, "has no space after its colon, so that YAML takes the value for a part of the key: write one")
		return
	}
	switch meant, isHere := d.meant(path, siblings, key); {
	case len(meant) == 1 && !isHere && isNamed(meant[0], key):
		f.Add(key, "stands in the wrong place: move it to %s", meant[0])
	case len(meant) > 0:
		f.Add(key, "is no key of the exporter: did you mean %s?", strings.Join(meant, " or "))
	case !validation.MaySpell(key):
		f.AddError(fmt.Errorf("%s has a key of %d characters that is none of the exporter's: remove it; if it is a value, write its key and a colon before it", whereIs(path), len(key)))
	case len(siblings) > maxListedKeys || len(siblings) == 0:
		f.Add(key, "is no key of the exporter: remove it, or look for the right one in docs/options.md")
	default:
		f.Add(key, "is no key of the exporter: remove it, or write one of %s", strings.Join(siblings, ", "))
	}
}

// maxListedKeys is how many keys fit into a message.
const maxListedKeys = 16

// isNamed reports whether a quoted path ends in a key.
func isNamed(quoted, key string) bool {
	return quoted == "`"+key+"`" || strings.HasSuffix(quoted, confmap.KeyDelimiter+key+"`")
}

// whereIs names the block at a path.
func whereIs(path []string) string {
	if len(path) == 0 {
		return "the exporter's block"
	}
	return quote(path)
}

// maxMeant is how many keys a message offers.
const maxMeant = 3

// meant are the quoted paths of the keys that are most likely meant by an unknown one. A
// key of the same block is likelier than one elsewhere, unless the one elsewhere has exactly
// the name.
func (d *decoding) meant(path, siblings []string, key string) (quoted []string, isHere bool) {
	elsewhere, least := d.elsewhere(key)
	near := validation.Nearest(key, siblings)
	cost := validation.TooFar
	if near != "" {
		cost = validation.Distance(key, near)
	}
	switch {
	case near == "", least == 0 && len(elsewhere) == 1 && cost >= validation.CostOfWords:
		return elsewhere, false
	case least == 0 && cost >= validation.CostOfWords: // visits::exclude is exclude_paths, or of hosts, or of services
		return append([]string{quote(append(slices.Clone(path), near))}, elsewhere...), true
	}
	quoted = append(quoted, quote(append(slices.Clone(path), near)))
	for _, other := range siblings { // size is a slip of sizer, and half of queue_size
		if isHalf := validation.Distance(key, other) == validation.CostOfWords+1; isHalf && cost > 0 && cost < validation.CostOfWords {
			quoted = append(quoted, quote(append(slices.Clone(path), other)))
		}
	}
	return quoted[:min(len(quoted), maxMeant)], true
}

// elsewhere are the quoted paths of the keys of all blocks that are nearest to a name, with
// their distance from it. If too many are equally near, there are none.
func (d *decoding) elsewhere(key string) (quoted []string, least int) {
	least = validation.TooFar
	d.root.each(nil, func(at []string) {
		switch cost := validation.Distance(key, at[len(at)-1]); {
		case cost < least:
			quoted, least = []string{quote(at)}, cost
		case cost == least && least < validation.TooFar:
			quoted = append(quoted, quote(at))
		}
	})
	if len(quoted) > maxMeant {
		return nil, validation.TooFar
	}
	return quoted, least
}

// quote is a path in the form that messages have.
func quote(path []string) string {
	return "`" + strings.ReplaceAll(strings.Join(path, confmap.KeyDelimiter), listMark, "") + "`"
}
