// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package selection_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/translation"
	"github.com/agentvisits/agentvisitsexporter/internal/selection"
	"github.com/agentvisits/agentvisitsexporter/internal/translate"
	"github.com/agentvisits/agentvisitsexporter/internal/visit"
)

func TestFiltersChoose(t *testing.T) {
	for name, c := range map[string]struct {
		config translate.Config
		path   string
		want   visit.SkipReason
	}{
		"all paths by default":         {translate.Config{}, "/x", visit.NotSkipped},
		"an included path":             {translate.Config{Selection: selection.Config{IncludePaths: []string{"/docs/**"}}}, "/docs/a/b", visit.NotSkipped},
		"the root of an included tree": {translate.Config{Selection: selection.Config{IncludePaths: []string{"/docs/**"}}}, "/docs", visit.NotSkipped},
		"a path that is not included":  {translate.Config{Selection: selection.Config{IncludePaths: []string{"/docs/**"}}}, "/blog", visit.SkipPath},
		"one part only":                {translate.Config{Selection: selection.Config{IncludePaths: []string{"/docs/*"}}}, "/docs/a/b", visit.SkipPath},
		"either of two":                {translate.Config{Selection: selection.Config{IncludePaths: []string{"/{docs,blog}/*"}}}, "/blog/a", visit.NotSkipped},
		"an excluded path":             {translate.Config{Selection: selection.Config{ExcludePaths: []string{"/**/*.rss"}}}, "/a/b.rss", visit.SkipPath},
		"exclusion wins":               {translate.Config{Selection: selection.Config{IncludePaths: []string{"/a/*"}, ExcludePaths: []string{"/a/b"}}}, "/a/b", visit.SkipPath},
		"a pattern as people write it": {translate.Config{Selection: selection.Config{IncludePaths: []string{"/café/*"}}}, "/café/menü", visit.NotSkipped},
		"a chosen method":              {translate.Config{Selection: selection.Config{Methods: []string{"get"}}}, "/x", visit.NotSkipped},
		"another method":               {translate.Config{Selection: selection.Config{Methods: []string{"POST"}}}, "/x", visit.SkipMethod},
		"a chosen class":               {translate.Config{Selection: selection.Config{Statuses: []any{"2xx"}}}, "/x", visit.NotSkipped},
		"a chosen status":              {translate.Config{Selection: selection.Config{Statuses: []any{200}}}, "/x", visit.NotSkipped},
		"another status":               {translate.Config{Selection: selection.Config{Statuses: []any{404, "5xx"}}}, "/x", visit.SkipStatus},
		"an included service":          {translate.Config{Selection: selection.Config{Services: selection.ServicesConfig{Include: []string{"sh*"}}}}, "/x", visit.NotSkipped},
		"another service":              {translate.Config{Selection: selection.Config{Services: selection.ServicesConfig{Include: []string{"edge"}}}}, "/x", visit.SkipService},
		"an excluded service":          {translate.Config{Selection: selection.Config{Services: selection.ServicesConfig{Exclude: []string{"shop"}}}}, "/x", visit.SkipService},
	} {
		t.Run(name, func(t *testing.T) {
			_, skip := translation.Span(c.config, map[string]any{"url.path": c.path})
			assert.Equal(t, visit.SkipReasons[c.want], visit.SkipReasons[skip])
		})
	}
}
