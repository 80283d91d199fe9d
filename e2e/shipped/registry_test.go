// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package shipped

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	strict "sigs.k8s.io/yaml"
)

// entry is an entry of OpenTelemetry's registry, by data/registry-schema.json of
// open-telemetry/opentelemetry.io, which allows no other keys.
type entry struct {
	Title, RegistryType, Language, License, Description, CreatedAt string

	Tags    []string
	Authors []struct{ Name, Email, URL string }
	URLs    struct{ Repo, Docs, Website, Blog string }
	Package struct{ Registry, Name, Version string }
}

func TestTheEntryOfTheRegistryIsComplete(t *testing.T) {
	text, err := os.ReadFile(inRoot("packaging", "registry", "exporter-agent-visits.yml"))
	require.NoError(t, err)
	var e entry
	require.NoError(t, strict.UnmarshalStrict(text, &e))
	assert.Equal(t, "exporter", e.RegistryType)
	assert.Equal(t, "collector", e.Language)
	assert.Equal(t, "go-collector", e.Package.Registry)
	assert.Equal(t, modulePath, e.Package.Name)
	assert.NotEmpty(t, e.Description)
	assert.NotEmpty(t, e.URLs.Repo)
	require.NotEmpty(t, e.Authors)
	for _, author := range e.Authors {
		assert.NotContains(t, author.Name, "OpenTelemetry", "the schema keeps this word for its own authors")
		assert.True(t, strings.HasPrefix(author.URL, "https://") || author.Email != "")
	}
}
