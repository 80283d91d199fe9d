// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"maps"
	"os"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

// parts holds the names of the components in a configuration.
type parts struct {
	Receivers, Exporters, Extensions map[string]any
	Service                          struct {
		Extensions []string
		Pipelines  map[string]struct{ Receivers, Exporters []string }
	}
}

// The name of a module says which component it holds.
func TestTheCollectorHasEveryConfiguredComponent(t *testing.T) {
	text, err := os.ReadFile("builder-config.yaml")
	require.NoError(t, err)
	var builder struct{ Receivers, Exporters, Extensions []struct{ Gomod string } }
	require.NoError(t, yaml.Unmarshal(text, &builder))
	var p parts
	require.NoError(t, yaml.Unmarshal([]byte(config), &p))
	assert.Subset(t, slices.Collect(maps.Keys(p.Extensions)), p.Service.Extensions)
	for _, kind := range []struct {
		suffix     string
		configured map[string]any
		built      []struct{ Gomod string }
	}{
		{"receiver", p.Receivers, builder.Receivers}, {"exporter", p.Exporters, builder.Exporters}, {"extension", p.Extensions, builder.Extensions},
	} {
		var built []string
		for _, module := range kind.built {
			name, _, _ := strings.Cut(path.Base(module.Gomod), " ")
			built = append(built, strings.TrimSuffix(name, kind.suffix))
		}
		require.NotEmpty(t, kind.configured, kind.suffix)
		for name := range kind.configured {
			component, _, _ := strings.Cut(name, "/")
			assert.Contains(t, built, strings.ReplaceAll(component, "_", ""), kind.suffix)
		}
	}
}

func TestEveryPipelineUsesOnlyConfiguredExporters(t *testing.T) {
	for _, s := range scenarios {
		for _, c := range s.contenders() {
			t.Run(s.name+"/"+c.name, func(t *testing.T) {
				var p parts
				require.NoError(t, yaml.Unmarshal([]byte(config), &p))
				pipeline, found := strings.CutPrefix(c.pipeline(logs), "yaml:")
				require.True(t, found)
				require.NoError(t, yaml.Unmarshal([]byte(pipeline), &p))
				require.Contains(t, p.Service.Pipelines, "logs")
				assert.Equal(t, []string{"otlp"}, p.Service.Pipelines["logs"].Receivers)
				assert.Equal(t, c.exporters, p.Service.Pipelines["logs"].Exporters)
				assert.Subset(t, slices.Collect(maps.Keys(p.Exporters)), c.exporters)
			})
		}
	}
}

// Results are stored by the contender's name.
func TestTheContendersOfAScenarioHaveDifferentNames(t *testing.T) {
	for _, s := range scenarios {
		seen := map[string]bool{}
		for _, c := range s.contenders() {
			assert.False(t, seen[c.name], "%s: %s", s.name, c.name)
			seen[c.name] = true
		}
		assert.Contains(t, seen, nop.name, s.name)
	}
}

func TestOurExporterDeliversOnlyVisits(t *testing.T) {
	l := &load{signal: traces, items: 500, visits: 100}
	assert.Equal(t, 300, knownAgents.delivers(l, 3))
	assert.Equal(t, 3*500, json.delivers(l, 3))
	assert.Zero(t, nop.delivers(l, 3))
}
