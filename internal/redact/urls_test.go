// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package redact

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

func TestPasswordsAndFragmentsLeaveNoQuery(t *testing.T) {
	redactions{
		"user information goes, escaped or not": {
			"to=https://u:s3@h/x&b=2":                     "to=https://h/x&b=2",
			"to=https%3A%2F%2Fu%3As3%40h%2Fx":             "to=https%3A%2F%2Fh%2Fx",
			"to=https%3a%2f%2fu:s3@h/x":                   "to=https%3a%2f%2fh/x",
			"to=https%253A%252F%252Fu%253As3%2540h%252Fx": "to=https%253A%252F%252Fh%252Fx",
		},
		"an authority ends with the parameter": {
			"to=//h&by=a@b":     unchanged,
			"to=%2F%2Fu%26s3@h": "to=%2F%2Fh",
		},
		"an authority that began at a lower level may hold one that has no user": {
			"to=%2F%2Fx:%252Fa%2Fu:s3@h": "to=%2F%2Fx:%252Fh",
		},
		"a password may hold what ends a value": {
			"to=https://u:s3%2Fs3@h/x":   "to=https://h/x",
			"to=https://u:s3;s3,'s3@h/x": "to=https://h/x",
			"to=https://a@b:s3@h/x":      "to=https://h/x",
		},
		"a URL may lack its scheme or a slash, or have backslashes": {
			"to=//u:s3@h/x":     "to=//h/x",
			"to=%2F%2Fu:s3@h/x": "to=%2F%2Fh/x",
			"to=https:/u:s3@h/x&c=https:%5C%5Cu:s3@h%5Cx": "to=https:/h/x&c=https:%5C%5Ch%5Cx",
		},
		"a fragment goes up to the next parameter": {
			"to=https%3A%2F%2Fh%2F%23s3%26s3&b=2":           "to=https%3A%2F%2Fh%2F&b=2",
			"to=https://h/%23s3&b=2":                        "to=https://h/&b=2",
			"to=https%3A%2F%2Fh%2F%23access_token%3Ds3&b=2": "to=https%3A%2F%2Fh%2F&b=2",
		},
		"the colon may not be escaped": {
			"to=https:%2F%2Fh%2F%23s3&b=2":             "to=https:%2F%2Fh%2F&b=2",
			"to=https:%252F%252Fh%252F%2523%252Fs3":    "to=https:%252F%252Fh%252F",
			"to=/a%3Fto=https:%252F%252Fh%252F%2523s3": "to=/a%3Fto=https:%252F%252Fh%252F",
		},
		"a number sign that starts no fragment stays": {
			"color=%23ffffff&to=https%3A%2F%2Fh%2F%3Fc%3D%2523": unchanged,
		},
	}.check(t, Builtin.Query)
}

func TestPasswordsAndFragmentsLeaveNoPath(t *testing.T) {
	redactions{
		"user information goes, escaped or not": {
			"/go/https://u:s3@h/x":               "/go/https://h/x",
			"/go/https:/u:s3@h/x":                "/go/https:/h/x",
			"/go/https%3A%2F%2Fu%3As3%40h%2Fx/y": "/go/https%3A%2F%2Fh%2Fx/y",
		},
		"a fragment goes up to the next part of the path": {
			"/go/https%3A%2F%2Fh%23s3/y": "/go/https%3A%2F%2Fh/y",
		},
		"after a URL that is not escaped, it is the rest of the path": {
			"/go/https://h/a%23/s3/s3;s3": "/go/https://h/a",
			"/go/https:/h/%23s3/s3":       "/go/https:/h/",
			"/go/https%3A//h/%23/s3":      "/go/https%3A//h/",
			"/go/https%253A//h/%2523/s3":  "/go/https%253A//h/",
		},
		"the colon may not be escaped": {
			"/go/https:%2F%2Fh%23%2Fs3/y":       "/go/https:%2F%2Fh/y",
			"/go/https:%252F%252Fh%2523%252Fs3": "/go/https:%252F%252Fh",
		},
	}.check(t, Builtin.Path)
}

func TestPasswordsAndFragmentsLeaveNoHeader(t *testing.T) {
	redactions{
		"user information goes": {
			"https://u:s3@h/":          "https://h/",
			"https://u:s3,s3;s3&s3@h/": "https://h/",
			"//u:s3@h/x":               "//h/x",
		},
		"a fragment goes, even an empty one": {
			"https://h/#s3/s3?s3;s3": "https://h/",
			"https://h/?q=a#":        "https://h/?q=a",
			"https://h/#s3":          "https://h/",
		},
		"each URL of a list loses both": {
			`<https://u:s3@h/?token=s3#s3>; rel="next"`:           `<https://h/?token=REDACTED>; rel="next"`,
			`</a?sig=s3>; rel=x; anchor="#s3", <https://u:s3@h/>`: `</a?sig=REDACTED>; rel=x; anchor="", <https://h/>`,
		},
		"a URL within a query loses both": {
			"https://h/?to=https%3A%2F%2Fu%3As3%40h%2F%23s3&b=2": "https://h/?to=https%3A%2F%2Fh%2F&b=2",
			"https://h/?to=https:%252F%252Fh%252F%2523s3&b=2":    "https://h/?to=https:%252F%252Fh%252F&b=2",
		},
		"so does one within a path": {
			"https://h/go/https%3A%2F%2Fu%3As3%40h%2F%23s3": "https://h/go/https%3A%2F%2Fh%2F",
			"https://h/go/https:%2F%2Fu:s3@h%2F%23s3":       "https://h/go/https:%2F%2Fh%2F",
			"https://h/go/https%3A//u:s3@h/%23/s3;s3":       "https://h/go/https%3A//h/",
			"https://h/go/https://u:s3@h/%23/s3;s3":         "https://h/go/https://h/",
			`<https://h/https://h/%23/s3>; rel="next"`:      `<https://h/https://h/>; rel="next"`,
			"https://h/https%3A//h/?c=%23s3&b=/2":           "https://h/https%3A//h/?c=&b=/2",
		},
		"a number sign in the path of another URL stays": {
			"https://h/a%23b":                               unchanged,
			"https://h/, https://h/a%23b":                   unchanged,
			`<https://h/>; rel="next", <https://h/a%23b/c>`: unchanged,
		},
	}.check(t, Builtin.Header)
}

// Each of these authorities would go on to the end of the text.
func TestManyAuthoritiesTakeLinearTime(t *testing.T) {
	text := strings.Repeat("a:%2F", 64<<10)
	start := time.Now()
	assert.Equal(t, text, Builtin.Query(text))
	assert.Less(t, time.Since(start), 5*time.Second, "quadratic time would be minutes")
}
