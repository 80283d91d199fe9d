// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
)

const monitoring = "examples/monitoring/"

var metricName = regexp.MustCompile(`otelcol_\w+`)

// requireKnownMetrics fails for a name that the Collector's own endpoint would
// not show.
func requireKnownMetrics(t *testing.T, text string) {
	t.Helper()
	ours := parseYAML(t, fixture.ReadFile(t, "metadata.yaml"))
	found := metricName.FindAllString(text, -1)
	require.NotEmpty(t, found, text)
	for _, name := range found {
		name = strings.TrimPrefix(name, "otelcol_")
		if slices.Contains(collectorMetrics, name) {
			continue
		}
		key := "telemetry::metrics::" + strings.TrimSuffix(name, "_bucket")
		assert.True(t, ours.IsSet(key), "metadata.yaml has no metric for %s", name)
		assert.Equal(t, ours.IsSet(key+"::histogram"), strings.HasSuffix(name, "_bucket"), "only a histogram has buckets: %s", name)
	}
}

// dashboard is what a Grafana dashboard must have to be loaded and to show
// something.
type dashboard struct {
	Title         string
	UID           string
	SchemaVersion int
	Templating    struct{ List []struct{ Name, Type string } }
	Panels        []struct {
		ID      int
		Type    string
		Title   string
		GridPos struct{ X, Y, W, H int }
		Targets []struct{ Expr string }
	}
}

func TestDashboardShowsEveryMetricOfTheExporter(t *testing.T) {
	text := fixture.ReadFile(t, monitoring+"dashboard.json")
	decoder := json.NewDecoder(strings.NewReader(text))
	var d dashboard
	require.NoError(t, decoder.Decode(&d))
	assert.NotEmpty(t, d.Title)
	assert.NotEmpty(t, d.UID)
	assert.NotZero(t, d.SchemaVersion)

	var expressions strings.Builder
	ids := map[int]bool{}
	for _, panel := range d.Panels {
		assert.False(t, ids[panel.ID], "two panels have the id %d", panel.ID)
		ids[panel.ID] = true
		assert.NotEmpty(t, panel.Title)
		assert.LessOrEqual(t, panel.GridPos.X+panel.GridPos.W, 24, "%s is wider than the page", panel.Title)
		require.NotEmpty(t, panel.Targets, panel.Title)
		for _, target := range panel.Targets {
			requireBalanced(t, target.Expr)
			requireKnownMetrics(t, target.Expr)
			expressions.WriteString(target.Expr + "\n")
		}
	}
	for _, name := range names(parseYAML(t, fixture.ReadFile(t, "metadata.yaml")), "telemetry::metrics") {
		if name != "exporter_agent_visits_sent_bytes" { // the sizes of bodies show as much
			assert.Contains(t, expressions.String(), name)
		}
	}
	for _, v := range regexp.MustCompile(`\$\{?(datasource|exporter)\b`).FindAllStringSubmatch(text, -1) {
		assert.True(t, slices.ContainsFunc(d.Templating.List, func(defined struct{ Name, Type string }) bool { return defined.Name == v[1] }), v[0])
	}
}

func TestAlertRulesNameKnownMetricsAndSayWhatToDo(t *testing.T) {
	text := fixture.ReadFile(t, monitoring+"alerts.yaml")
	readme := fixture.ReadFile(t, monitoring+"README.md")
	tried := fixture.ReadFile(t, monitoring+"alerts_test.yaml")
	groups, ok := parseYAML(t, text).Get("groups").([]any)
	require.True(t, ok)
	requireKnownMetrics(t, text)
	alerts := 0
	for _, group := range groups {
		rules, ok := group.(map[string]any)["rules"].([]any)
		require.True(t, ok)
		for _, entry := range rules {
			rule := entry.(map[string]any)
			name, expression := rule["alert"].(string), rule["expr"].(string)
			alerts++
			requireBalanced(t, expression)
			assert.Contains(t, rule["labels"], "severity", name)
			assert.Contains(t, rule["annotations"], "summary", name)
			assert.Contains(t, rule["annotations"], "description", name)
			assert.Contains(t, readme, "| `"+name+"` |", "explain the alert in "+monitoring+"README.md")
			assert.Contains(t, tried, "alertname: "+name+"\n", "try the alert in "+monitoring+"alerts_test.yaml")
		}
	}
	assert.GreaterOrEqual(t, alerts, 4)
}

// requireBalanced finds the usual slip in an expression. Whether it can be
// evaluated is for `promtool check rules` to say.
func requireBalanced(t *testing.T, expression string) {
	t.Helper()
	for _, pair := range []string{"()", "{}", "[]"} {
		assert.Equal(t, strings.Count(expression, pair[:1]), strings.Count(expression, pair[1:]), "%s in %s", pair, expression)
	}
	assert.Zero(t, strings.Count(expression, `"`)%2, expression)
}
