// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package selection

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestHealthChecksAreKnownInAnyCase(t *testing.T) {
	for path := range healthPaths {
		for _, spelled := range []string{path, strings.ToUpper(path), path + "/"} {
			assert.True(t, isHealthCheck(spelled, "", ""), spelled)
		}
		assert.False(t, isHealthCheck(path+"x", "", ""), path)
	}
	for _, agent := range healthAgents {
		assert.True(t, isHealthCheck("/", agent+"1.0", ""), agent)
		assert.False(t, isHealthCheck("/", "x"+agent, ""), agent)
	}
	assert.False(t, isHealthCheck("/", "", ""))
	assert.False(t, isHealthCheck("", "", ""))
}

func TestFrameworksPathsAreKnownInAnyCase(t *testing.T) {
	for _, prefix := range frameworkPrefixes {
		assert.True(t, isFrameworkInternal(prefix+"x"), prefix)
		assert.True(t, isFrameworkInternal(strings.ToUpper(prefix)), prefix)
		assert.False(t, isFrameworkInternal("/x"+prefix), prefix)
	}
}

func TestStaticAssetsAreKnownByTheLastNameOfThePath(t *testing.T) {
	for path, want := range map[string]bool{
		"/a.css": true, "/a.CSS": true, "/b.c/a.min.js": true, "/.ico": true, "a.png": true,
		"/": false, "": false, "/a.css/": false, "/a.css/b": false, "/a.html": false, "/css": false, "/a.": false,
	} {
		assert.Equal(t, want, isStaticAsset(path), path)
	}
}
