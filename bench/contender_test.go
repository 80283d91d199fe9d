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

// parts are what matters of a configuration: names of components.
type parts struct {
	Receivers, Exporters, Extensions map[string]any
	Service                          struct {
		Extensions []string
		Pipelines  map[string]struct{ Receivers, Exporters []string }
	}
}

// TestTheCollectorHoldsWhatIsConfigured: module names tell which component they hold.
func TestTheCollectorHoldsWhatIsConfigured(t *testing.T) {
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

func TestEveryContendersPipelineIsOfWhatIsConfigured(t *testing.T) {
	for _, s := range scenarios {
		for _, c := range s.contenders() {
			var p parts
			require.NoError(t, yaml.Unmarshal([]byte(config), &p))
			pipeline, given := strings.CutPrefix(c.pipeline(logs), "yaml:")
			require.True(t, given, c.name)
			require.NoError(t, yaml.Unmarshal([]byte(pipeline), &p), c.name)
			require.Contains(t, p.Service.Pipelines, "logs", c.name)
			assert.Equal(t, []string{"otlp"}, p.Service.Pipelines["logs"].Receivers, c.name)
			assert.Equal(t, c.exporters, p.Service.Pipelines["logs"].Exporters, c.name)
			assert.Subset(t, slices.Collect(maps.Keys(p.Exporters)), c.exporters, c.name)
		}
	}
}

// TestNobodyIsComparedUnderAnothersName: rounds are kept by the contender's name.
func TestNobodyIsComparedUnderAnothersName(t *testing.T) {
	for _, s := range scenarios {
		seen := map[string]bool{}
		for _, c := range s.contenders() {
			assert.False(t, seen[c.name], "%s: %s", s.name, c.name)
			seen[c.name] = true
		}
		assert.Contains(t, seen, nop.name, s.name)
	}
}

func TestVisitsAreAllThatOursDelivers(t *testing.T) {
	l := &load{signal: traces, items: 500, visits: 100}
	assert.Equal(t, 300, knownAgents.delivers(l, 3))
	assert.Equal(t, 3*500, json.delivers(l, 3))
	assert.Zero(t, nop.delivers(l, 3))
}
