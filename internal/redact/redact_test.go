// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package redact

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// unchanged marks a text that is to stay byte for byte.
const unchanged = "(unchanged)"

// redactions are texts and what redaction leaves of them, by what they show.
type redactions map[string]map[string]string

func (all redactions) check(t *testing.T, redact func(string) string) {
	t.Helper()
	for promise, texts := range all {
		t.Run(promise, func(t *testing.T) {
			for text, want := range texts {
				if want == unchanged {
					want = text
				}
				assert.Equal(t, want, redact(text), text)
			}
		})
	}
}

// What is taken out can let its neighbours mean something new, which may be a secret.
func TestNothingMeetsWhereSomethingWasTakenOut(t *testing.T) {
	for name, c := range map[string]struct{ text, query, path, header string }{
		"a fragment joins a URL's slashes and its user": {"/go/https%3A%2F%23s3/u:s3@h", "/go/https%3A%2F", "/go/https%3A%2F/h", "/go/https%3A%2F/h"},
		"a fragment has a slash and a user, too":        {"/go/https%3A/%23s3/u:s3@h", "/go/https%3A/", "/go/https%3A/", "/go/https%3A/"},
		"a fragment has a slash and a user":             {"/go/https:/%23s3/u:s3@h", "/go/https:/", "/go/https:/", unchanged},
		"a fragment hides that a URL has a user":        {"/://%23;:%40@", "/://", "/://", "/://"},
		"a fragment ends in angle brackets":             {"/:/%23%3C;%40", "/:/", "/:/", "/:/"},
		"a user in front of a user":                     {"https://u@/@someone", "https:///someone", "https:///someone", "https:///someone"},
		"three users in a row":                          {"//a@//b@//s3@h/", "//////h/", "//////h/", "//////h/"},
		"a fragment stands between name and value":      {"/?d={token:#x\"s3\"}", "/?d={token:", "/?d={token:", "/?d={token:\"REDACTED\"}"},
		"a fragment begins a value":                     {"/?token=#\"s3\"", "/?token=REDACTED", "/?token=REDACTED", "/?token=\"REDACTED\""},
		"a fragment stands within a name":               {"/?tok#x\"en=s3", "/?tok", "/?tok", "/?tok\"en=REDACTED"},
		"what takes too many passes goes as a whole":    {"//a@//b@//c@//d@//e@//f@h", redacted, "/" + redacted, redacted},
	} {
		t.Run(name, func(t *testing.T) {
			for kind, want := range map[textKind]string{queryText: c.query, pathText: c.path, headerText: c.header} {
				if want == unchanged {
					want = c.text
				}
				once := Builtin.redact(c.text, kind)
				assert.Equal(t, want, once, "kind %d", kind)
				assert.Equal(t, once, Builtin.redact(once, kind), "kind %d, once more", kind)
			}
		})
	}
}

func TestRedactionAllocatesNothingWithoutSecrets(t *testing.T) {
	for _, query := range []string{"utm_source=chatgpt.com&page=2", "q=caf%C3%A9+%26+more&to=https%3A%2F%2Fh%2Fx", ""} {
		assert.Zero(t, testing.AllocsPerRun(100, func() { Builtin.Query(query) }), query)
	}
}
