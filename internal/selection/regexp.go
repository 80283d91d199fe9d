// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package selection

import (
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/bmatcuk/doublestar/v4"

	"github.com/agentvisits/agentvisitsexporter/internal/validation"
)

// regexpSigns are what regular expressions have and patterns have no use for: anchors,
// classes, repetitions with a plus or a number, and choices in parentheses.
var regexpSigns = regexp.MustCompile(`^\^|\$$|\\[dDwWsSbBAz]|\.\+|\][+]|\]\{\d|\(\?|\([^()]*\|[^()]*\)|\)[+?]`)

// escaped are full stops, slashes and dashes after a backslash. Patterns may have them, too,
// with the same meaning.
var escaped = regexp.MustCompile(`\\[./-]`)

// isRegexp recognises a regular expression in the place of a pattern.
func isRegexp(pattern string) bool {
	if regexpSigns.MatchString(pattern) {
		return true
	}
	mayBePattern := strings.HasPrefix(pattern, "/") && !strings.Contains(pattern, anything)
	return escaped.MatchString(pattern) && !mayBePattern
}

// anything is "anything" in a regular expression, and in a pattern a full stop with
// anything after it: /index.* is /index.html, and /admin/.* the hidden files there.
const anything = ".*"

// regexpParts are parts of regular expressions with the parts of patterns that match the
// same paths, or nearly the same. "**" means anything only between slashes.
var regexpParts = []struct {
	part    *regexp.Regexp
	pattern string
}{
	{regexp.MustCompile(`\(\?i\)`), ""},
	{regexp.MustCompile(`\((?:\?:)?([^()|]*)\)\?`), "{,$1}"},
	{regexp.MustCompile(`\((?:\?:)?([^()|]*)\|([^()|]*)\)`), "{$1,$2}"},
	{regexp.MustCompile(`\((?:\?:)?([^()|]*)\|([^()|]*)\|([^()|]*)\)`), "{$1,$2,$3}"},
	{regexp.MustCompile(`(?:\[[^\]]*\]|\\[dDwWsS])(?:[+*]\??|\{[\d,]*\})?`), "*"},
	{regexp.MustCompile(`\\([./-])`), "$1"},
	{regexp.MustCompile(`/\.[*+]\??(/|\}|$)`), "/**$1"},
	{regexp.MustCompile(`^\.[*+]\??/`), "/**/"},
	{regexp.MustCompile(`^\.[*+]\??`), "/**/*"},
	{regexp.MustCompile(`\.[*+]\??$`), "{*,*/**}"},
	{regexp.MustCompile(`\.[*+]\??`), "{*,*/**/*}"},
}

// patternFor is a pattern in the place of a regular expression, or "" if none is found.
// Without anchors an expression matches a part of a path, so that the pattern goes on.
func patternFor(expression string) string {
	pattern, fromStart := strings.CutPrefix(expression, "^")
	pattern, toEnd := strings.CutSuffix(pattern, "$")
	for _, p := range regexpParts {
		pattern = p.part.ReplaceAllString(pattern, p.pattern)
	}
	switch {
	case fromStart || strings.HasPrefix(pattern, "/"):
	case strings.HasPrefix(pattern, "*"):
		pattern = "/**/" + pattern
	default:
		pattern = "/**/*" + pattern
	}
	switch {
	case toEnd || strings.HasSuffix(pattern, "*") || strings.HasSuffix(pattern, "}"):
	case strings.HasSuffix(pattern, "/"):
		pattern += "**"
	default:
		pattern += "/**"
	}
	isBad := !strings.HasPrefix(pattern, "/") || strings.ContainsAny(pattern, `\()+|^$?`) || isRegexp(pattern)
	if isBad || !doublestar.ValidatePattern(pattern) || !utf8.ValidString(pattern) {
		return ""
	}
	return pattern
}

// addRegexp reports a regular expression, or what may be one.
func addRegexp(f validation.Faults, key, expression string) {
	example := patternFor(expression)
	if example == "" {
		example = "/admin/**"
	}
	if !isRegexp(expression) {
		f.Doubt(key, "has %q, in which %s is a full stop and then anything but a slash: if a regular expression is meant, write %q; if not, write [.]* instead",
			validation.Shorten(expression), anything, validation.Shorten(example))
		return
	}
	f.Add(key, "has %q, which is a regular expression and has to be a pattern, in which * stands for anything but a slash, ** between slashes for any folders and {a,b} for either: write %q, for example",
		validation.Shorten(expression), validation.Shorten(example))
}
