// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package translate_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
	"github.com/agentvisits/agentvisitsexporter/internal/dev/translation"
	"github.com/agentvisits/agentvisitsexporter/internal/translate"
)

// The first line of each source is cut off at each place where a reader can tell it.
func TestWhatIsCutOffInQuotationMarksOrInJSONIsNoVisit(t *testing.T) {
	for _, folder := range fixture.SourceFolders(t) {
		path := filepath.Join(folder, "lines.log")
		if !fixture.Exists(path) {
			continue
		}
		line, _, _ := strings.Cut(fixture.ReadFile(t, path), "\n")
		t.Run(filepath.Base(folder), func(t *testing.T) {
			var cuts strings.Builder
			for end := 1; end < len(line); end++ {
				if isInQuotationMarks(line[:end]) || line[0] == '{' {
					cuts.WriteString(line[:end] + "\n")
				}
			}
			tr := translation.Logs(translate.Config{}, fixture.Arrival, fixture.NewLines(fixture.Arrival, []byte(cuts.String())))
			assert.Empty(t, tr.Visits)
		})
	}
}

func isInQuotationMarks(text string) bool {
	text = strings.NewReplacer(`\\`, "", `\"`, "").Replace(text)
	return strings.Count(text, `"`)%2 == 1
}
