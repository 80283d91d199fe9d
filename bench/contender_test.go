// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestEveryContenderIsConfiguredAndBuilt(t *testing.T) {
	builder, err := os.ReadFile("builder-config.yaml")
	require.NoError(t, err)
	for _, s := range scenarios {
		for _, c := range s.contenders() {
			for _, name := range c.exporters {
				assert.Contains(t, config, "\n  "+name+":", "config.yaml")
				component, _, _ := strings.Cut(name, "/")
				assert.Contains(t, string(builder), "/"+strings.ReplaceAll(component, "_", "")+"exporter v", "builder-config.yaml")
			}
		}
	}
}

func TestVisitsAreAllThatOursDelivers(t *testing.T) {
	l := &load{signal: traces, visits: 100}
	assert.Equal(t, 300, knownAgents.delivers(l, 3))
	assert.Equal(t, 3*perRequest, json.delivers(l, 3))
	assert.Zero(t, nop.delivers(l, 3))
}
