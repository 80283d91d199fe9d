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

func TestAPageThatIsAlsoProbedCountsUnlessOneOfOurOwnAsks(t *testing.T) {
	trusted := translate.Config{ClientIP: translate.ClientIPConfig{TrustedHeaders: []string{"x-real-ip"}}}
	for name, c := range map[string]struct {
		config     translate.Config
		path       string
		attributes map[string]any
		want       visit.SkipReason
	}{
		"a visitor of a section":        {translate.Config{}, "/health/", map[string]any{"client.address": "198.51.100.7"}, visit.NotSkipped},
		"a visitor of a ticker":         {translate.Config{}, "/live", map[string]any{"client.address": "2001:db8::7"}, visit.NotSkipped},
		"a balancer":                    {translate.Config{}, "/Health", map[string]any{"client.address": "10.1.2.3"}, visit.SkipHealthCheck},
		"a container's own check":       {translate.Config{}, "/up", map[string]any{"client.address": "::1"}, visit.SkipHealthCheck},
		"a balancer's page":             {translate.Config{}, "/about", map[string]any{"client.address": "10.1.2.3"}, visit.NotSkipped},
		"a visitor behind a proxy":      {translate.Config{}, "/ping", map[string]any{"client.address": "10.1.2.3", "http.request.header.x-forwarded-for": []any{"198.51.100.7"}}, visit.NotSkipped},
		"nobody knows who":              {translate.Config{}, "/ping", map[string]any{"client.address": "", "network.peer.address": ""}, visit.NotSkipped},
		"an orchestrator":               {translate.Config{}, "/ready", map[string]any{"client.address": "198.51.100.7", "user_agent.original": "kube-probe/1.31"}, visit.SkipHealthCheck},
		"no page has the path":          {translate.Config{}, "/healthz", map[string]any{"client.address": "198.51.100.7"}, visit.SkipHealthCheck},
		"a peer, the address withheld":  {trusted, "/health", map[string]any{"client.address": "", "network.peer.address": "10.1.2.3"}, visit.SkipHealthCheck},
		"a visitor in a trusted header": {trusted, "/health", map[string]any{"network.peer.address": "10.1.2.3", "http.request.header.x-real-ip": []any{"198.51.100.7"}}, visit.NotSkipped},
		"all probes count":              {translate.Config{Selection: selection.Config{HealthChecks: true}}, "/health", map[string]any{"client.address": "10.1.2.3"}, visit.NotSkipped},
	} {
		t.Run(name, func(t *testing.T) {
			c.attributes["url.path"] = c.path
			_, skip := translation.Span(c.config, c.attributes)
			assert.Equal(t, visit.SkipReasons[c.want], visit.SkipReasons[skip])
		})
	}
}

func TestContentCountsWhereverItLies(t *testing.T) {
	for name, c := range map[string]struct {
		config selection.Config
		path   string
		want   visit.SkipReason
	}{
		"an uploaded document":        {selection.Config{}, "/wp-content/uploads/2026/05/offer.pdf", visit.NotSkipped},
		"an uploaded picture":         {selection.Config{}, "/wp-content/uploads/2026/05/offer.png", visit.SkipStaticAsset},
		"a plugin's script":           {selection.Config{}, "/wp-content/plugins/x/run.php", visit.SkipFrameworkInternal},
		"a plugin's text":             {selection.Config{}, "/wp-content/plugins/x/readme.txt", visit.NotSkipped},
		"posts as JSON":               {selection.Config{}, "/wp-json/wp/v2/pages/7", visit.NotSkipped},
		"a plugin's endpoint":         {selection.Config{}, "/wp-json/shop/v1/cart", visit.SkipFrameworkInternal},
		"a page's data":               {selection.Config{}, "/_next/data/b1/prices.json", visit.NotSkipped},
		"a page's script":             {selection.Config{}, "/_next/static/main", visit.SkipFrameworkInternal},
		"a document":                  {selection.Config{}, "/prices.pdf", visit.NotSkipped},
		"a document that is left out": {selection.Config{SkipDocuments: true}, "/prices.pdf", visit.SkipStaticAsset},
		"documents, not assets":       {selection.Config{SkipDocuments: true, StaticAssets: true}, "/prices.pdf", visit.SkipStaticAsset},
	} {
		t.Run(name, func(t *testing.T) {
			_, skip := translation.Span(translate.Config{Selection: c.config}, map[string]any{"url.path": c.path})
			assert.Equal(t, visit.SkipReasons[c.want], visit.SkipReasons[skip])
		})
	}
}
