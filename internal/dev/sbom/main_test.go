// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"encoding/json"
	"os"
	"runtime/debug"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestTheBillListsTheModulesOfAProgram(t *testing.T) {
	program, err := os.Executable()
	require.NoError(t, err)
	var out bytes.Buffer
	require.NoError(t, write(&out, program))
	var d document
	require.NoError(t, json.Unmarshal(out.Bytes(), &d))
	assert.Equal(t, "CycloneDX", d.Format)
	require.NotEmpty(t, d.Components)
	assert.Equal(t, "std", d.Components[0].Name)
	assert.NotEmpty(t, d.Components[0].Version)
}

func TestAModuleIsListedAsItsReplacement(t *testing.T) {
	want := component{Type: "library", Name: "example.com/a", Version: "v1.0.0", PURL: "pkg:golang/example.com/a@v1.0.0"}
	assert.Equal(t, want, library(&debug.Module{Path: "example.com/a", Version: "v1.0.0", Replace: &debug.Module{Path: "../a"}}), "a folder has no version")
	assert.Equal(t, want, library(&debug.Module{Path: "example.com/b", Version: "v2.0.0", Replace: &debug.Module{Path: "example.com/a", Version: "v1.0.0"}}))
}

func TestAFileThatIsNotAProgramIsAnError(t *testing.T) {
	require.Error(t, write(&bytes.Buffer{}, "main_test.go"))
}
