// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package selection

import (
	"strings"
	"testing"

	"github.com/bmatcuk/doublestar/v4"
	"github.com/stretchr/testify/assert"

	"github.com/agentvisits/agentvisitsexporter/internal/validation"
)

func TestARegularExpressionIsAnsweredWithAPattern(t *testing.T) {
	for expression, c := range map[string]struct {
		want  string
		paths []string // that both match
	}{
		"^/admin/.*$":             {"/admin/**", []string{"/admin/", "/admin/users/7"}},
		"^/admin":                 {"/admin/**", []string{"/admin", "/admin/users"}},
		"/admin/.*$":              {"/admin/**", []string{"/admin/users"}},
		"/shop/.+":                {"/shop/**", []string{"/shop/a/b"}},
		"^/admin.*$":              {"/admin{*,*/**}", []string{"/admin", "/administrator", "/admin/users/7", "/admin.php"}},
		`^/feed\.xml`:             {"/feed.xml/**", []string{"/feed.xml"}},
		`/.*\.php`:                {"/{*,*/**/*}.php/**", []string{"/a.php", "/b/a.php"}},
		`^/users/\d+/orders$`:     {"/users/*/orders", []string{"/users/7/orders"}},
		"^/v[0-9]+/.*":            {"/v*/**", []string{"/v2/a"}},
		"/(a|b)/.*$":              {"/{a,b}/**", []string{"/a/x", "/b/x/y"}},
		"^/(?:de|fr|it)/":         {"/{de,fr,it}/**", []string{"/de/", "/it/a/b"}},
		`.*\.php$`:                {"/**/*.php", []string{"/a.php", "/a/b.php"}},
		`\.php$`:                  {"/**/*.php", []string{"/a.php", "/a/b.php"}},
		"/item/[^/]+/edit":        {"/item/*/edit/**", []string{"/item/7/edit"}},
		"^/docs(/.*)?$":           {"/docs{,/**}", []string{"/docs", "/docs/a/b"}},
		`^\/api\/`:                {"/api/**", []string{"/api/", "/api/v1/x"}},
		`^/a.*b$`:                 {"/a{*,*/**/*}b", []string{"/ab", "/axb", "/ax/y/zb"}},
		`^/wp-content/.*\.bak$`:   {"/wp-content/{*,*/**/*}.bak", []string{"/wp-content/a.bak", "/wp-content/a/b/c.bak"}},
		"^/a(b|c(d|e))$":          {"", nil},
		"^https://example.com/.*": {"", nil},
	} {
		t.Run(expression, func(t *testing.T) {
			assert.True(t, isRegexp(expression) || strings.Contains(expression, anything))
			assert.Equal(t, c.want, patternFor(expression))
			for _, path := range c.paths {
				assert.Regexp(t, expression, path)
				assert.True(t, doublestar.MatchUnvalidated(c.want, path), path)
			}
		})
	}
}

func TestPatternsAreNoRegularExpressions(t *testing.T) {
	for _, pattern := range []string{
		"/**", "/admin/**", "/admin/*", "/admin*", "/.well-known/*", "/.*", "/admin/.*", "/index.*", "/v[0-9]*", "/Foo_(bar)*", "/*.php", "/a.b", "/docs/{old,test}/**", "/a{,/**}", "/v[0-9]/**", "/[^a]b",
		"/a?c", `/\*`, `/feed\.xml`, `/*\.php`, `/a\-b`, "/wp-(old)", "/price$/x", "{/a,/b}", "/c++", "/a|b", "**/edit",
	} {
		assert.False(t, isRegexp(pattern), pattern)
	}
}

func TestWhatMayBeARegularExpressionIsDoubted(t *testing.T) {
	faults := validation.NewFaults()
	checkPatterns(faults, "exclude_paths", []string{"/admin/.*", "/index.*", "/[.]*", "/.well-known/*"}, "/")
	checkPatterns(faults, "include", []string{"shop.*"}, "")
	assert.NoError(t, faults.Err())
	assert.Equal(t, []string{
		"`exclude_paths` has \"/admin/.*\", in which .* is a full stop and then anything but a slash: if a regular expression is meant, write \"/admin/**\"; if not, write [.]* instead",
		"`exclude_paths` has \"/index.*\", in which .* is a full stop and then anything but a slash: if a regular expression is meant, write \"/index{*,*/**}\"; if not, write [.]* instead",
	}, faults.Doubts())
}

func FuzzWhatIsOfferedIsAPattern(f *testing.F) {
	for _, seed := range []string{"^/a(b|c)?.*$", `\d{2}[^/]+`, "(?i)(?:a|b|c)+"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, expression string) {
		if offered := patternFor(expression); offered != "" {
			faults := validation.NewFaults()
			checkPatterns(faults, "exclude_paths", []string{offered}, "/")
			assert.NoError(t, faults.Err())
			assert.True(t, doublestar.ValidatePattern(offered))
		}
	})
}
