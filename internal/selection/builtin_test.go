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
	assert.True(t, isHealthCheck("/", "", "FrontDoorHealthProbeLog"), "the category of the log")
	assert.False(t, isHealthCheck("/", "", "FrontDoorAccessLog"))
}

func TestFrameworksPathsAreKnownInAnyCase(t *testing.T) {
	for _, prefix := range frameworkPrefixes {
		assert.True(t, isFrameworkInternal(prefix+"x"), prefix)
		assert.True(t, isFrameworkInternal(strings.ToUpper(prefix)), prefix)
		assert.False(t, isFrameworkInternal("/x"+prefix), prefix)
		assert.False(t, isFrameworkInternal(prefix[:len(prefix)-1]), prefix)
	}
}

func TestStaticAssetsAreKnownByTheLastNameOfThePath(t *testing.T) {
	for name, c := range map[string]struct {
		paths    []string
		isStatic bool
	}{
		"a known extension":           {[]string{"/a.css", "/b.c/a.min.js", "/.ico", "a.png", ".css"}, true},
		"in any case":                 {[]string{"/a.CSS", "/a.Webmanifest"}, true},
		"no extension":                {[]string{"/", "", "/css", "css", "/a."}, false},
		"another extension":           {[]string{"/a.html", "/a.txt", "/a.cssx", "/a.webmanifestwebmanifest"}, false},
		"an extension of a directory": {[]string{"/a.css/", "/a.css/b"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			for _, path := range c.paths {
				assert.Equal(t, c.isStatic, isStaticAsset(path), path)
			}
		})
	}
}
