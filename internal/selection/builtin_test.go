// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package selection

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestFrameworksPathsAreKnownInAnyCase(t *testing.T) {
	for _, folder := range frameworkFolders {
		assert.True(t, isFrameworkInternal(folder+"x"), folder)
		assert.True(t, isFrameworkInternal(strings.ToUpper(folder)), folder)
		assert.False(t, isFrameworkInternal("/x"+folder), folder)
		assert.False(t, isFrameworkInternal(folder[:len(folder)-1]+"-guide"), "a page whose name begins like %s", folder)
	}
	for _, path := range frameworkPaths {
		for _, spelled := range []string{path, strings.ToUpper(path), path + "/"} {
			assert.True(t, isFrameworkInternal(spelled), spelled)
		}
		assert.False(t, isFrameworkInternal(path+"-guide"), path)
	}
}

func TestWhatAgentsReadInFrameworksFoldersCounts(t *testing.T) {
	for _, folder := range contentFolders {
		assert.False(t, isFrameworkInternal(folder+"x"), folder)
		assert.False(t, isFrameworkInternal(strings.ToUpper(folder)+"2026/x"), folder)
		assert.True(t, isFrameworkInternal(folder[:len(folder)-1]+"-x"), "another folder than %s", folder)
	}
}

func TestKindsOfFilesAreKnownByTheLastNameOfThePath(t *testing.T) {
	for name, c := range map[string]struct {
		paths []string
		kind  fileKind
	}{
		"a static asset":              {[]string{"/a.css", "/b.c/a.min.js", "/.ico", "a.png", ".css", "/a.CSS", "/a.Webmanifest"}, staticAsset},
		"text":                        {[]string{"/robots.txt", "/a/llms.TXT", "/sitemap.xml", "/_next/data/x/a.json", "/readme.md", "/sitemap-3.xml.gz", "/dump.JSON.GZ"}, textFile},
		"a document":                  {[]string{"/a.pdf", "/wp-content/uploads/A.PDF"}, document},
		"no extension":                {[]string{"/", "", "/css", "css", "/a."}, otherFile},
		"another extension":           {[]string{"/a.html", "/a.cssx", "/a.pdfx", "/a.webmanifestwebmanifest"}, otherFile},
		"an extension of a directory": {[]string{"/a.css/", "/a.css/b", "/a.txt/b"}, otherFile},
	} {
		t.Run(name, func(t *testing.T) {
			for _, path := range c.paths {
				assert.Equal(t, c.kind, kindOf(path), path)
			}
		})
	}
}
