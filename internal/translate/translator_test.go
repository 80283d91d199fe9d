// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package translate_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
	"github.com/agentvisits/agentvisitsexporter/internal/dev/translation"
	"github.com/agentvisits/agentvisitsexporter/internal/privacy"
	"github.com/agentvisits/agentvisitsexporter/internal/translate"
	"github.com/agentvisits/agentvisitsexporter/internal/visit"
)

func TestSources(t *testing.T) {
	for _, folder := range fixture.SourceFolders(t) {
		t.Run(filepath.Base(folder), func(t *testing.T) {
			tr := translation.Folder(t, folder)
			golden := map[string]string{
				"known_agents.json": indented(t, tr.KnownAgents),
				"scrunch.json":      indented(t, tr.Scrunch),
				"skipped.yaml":      counts(tr.Skipped),
			}
			for name, got := range golden {
				fixture.RequireFile(t, filepath.Join(folder, name), got)
			}
		})
	}
}

func indented(t *testing.T, visits []json.RawMessage) string {
	t.Helper()
	if len(visits) == 0 {
		return "[]\n"
	}
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	require.NoError(t, encoder.Encode(visits))
	return out.String()
}

func counts(skipped map[string]int) string {
	var out strings.Builder
	for _, reason := range slices.Sorted(maps.Keys(skipped)) {
		fmt.Fprintf(&out, "%s: %d\n", reason, skipped[reason])
	}
	return out.String()
}

// TestWhatADestinationHasNoUseForMakesNoDifference: the values of such fields are
// not read.
func TestWhatADestinationHasNoUseForMakesNoDifference(t *testing.T) {
	for _, d := range translation.Destinations() {
		for _, who := range []string{"everybody", "agents", "agents_and_referred"} {
			t.Run(d.Name+"/"+who, func(t *testing.T) {
				delivered := func(p fixture.Payload, unused visit.FieldSet) (all []string) {
					tr := translate.NewTranslator(translate.NewRules(translate.Config{Privacy: privacy.Config{Who: who}}, unused), time.UTC)
					translation.Each(tr, fixture.Arrival, p, func(v *visit.Visit, skip visit.SkipReason) {
						if skip == visit.NotSkipped {
							e := d.Encode(nil, v)
							all = append(all, string(e.Bytes)+visit.SkipReasons[e.Skip])
						}
					})
					return all
				}
				for _, folder := range fixture.SourceFolders(t) {
					p := fixture.ReadPayload(t, folder)
					assert.Equal(t, delivered(p, visit.FieldSet{}), delivered(p, d.Unused), folder)
				}
			})
		}
	}
}
