// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package privacy

import (
	"slices"
	"strings"

	"github.com/agentvisits/agentvisitsexporter/internal/agents"
	"github.com/agentvisits/agentvisitsexporter/internal/mapping"
	"github.com/agentvisits/agentvisitsexporter/internal/redact"
	"github.com/agentvisits/agentvisitsexporter/internal/validation"
	"github.com/agentvisits/agentvisitsexporter/internal/visit"
)

// The limits of what users add. Each pattern costs time for each visit.
const (
	maxPathReplacements = 16
	maxPatternBytes     = 512
)

// Check adds what is wrong with the configuration to the faults.
func (c *Config) Check(f validation.Faults) {
	f.Choice("who", c.Who, whoModes)
	for _, name := range c.Agents {
		if !agents.IsToken(name) {
			f.Add("agents", "has %q: write the agent's token in its user agent, such as ExampleBot; it has only letters, digits, - and _", validation.Shorten(name))
		}
	}
	if len(c.Agents) > 0 && (c.Who == "" || c.Who == everybody) {
		f.Add("agents", "is set and %s is everybody: set %[1]s to agents or agents_and_referred, or remove the agents", f.Key("who"))
	}
	headers := f.In("headers")
	c.Headers.Request.check(headers.In("request"), visit.RequestHeaders[:], mapping.RequestHeaderKeys)
	c.Headers.Response.check(headers.In("response"), visit.ResponseHeaders[:], mapping.ResponseHeaderKeys)
	c.Query.check(f.In("query"))
	checkReplacements(f, c.ReplaceInPaths)
}

// check takes the built-in list, and the attribute keys under which producers write
// its headers.
func (c *HeaderListConfig) check(f validation.Faults, builtin []string, keys []mapping.HeaderKey) {
	if len(c.Add) > visit.MaxAddedHeaders {
		f.Add("add", "has %d headers: name %d at most", len(c.Add), visit.MaxAddedHeaders)
	}
	for _, name := range c.Add {
		switch plain := visit.HeaderName(name); {
		case strings.ContainsAny(name, "*?"):
			f.Add("add", "has %q: write the headers' whole names; a wildcard could let credentials through", validation.Shorten(name))
		case plain == "" || strings.Trim(plain, "abcdefghijklmnopqrstuvwxyz0123456789-") != "":
			f.Add("add", "has %q, which is no header: write a name such as x-request-id", validation.Shorten(name))
		case slices.Contains(builtin, plain):
			f.Add("add", "has %q, which is delivered anyway: remove it", validation.Shorten(name))
		case mapping.Knows(mapping.HeaderKeys(plain, keys)[0]):
			f.Add("add", "has %q, which tells the exporter a part of the visit and is delivered as that: remove it", validation.Shorten(name))
		case IsCredentialHeader(plain) || saysWhoAUserIs(plain):
			f.Add("add", "has %q, which carries a credential or says who a user is: remove it; neither is ever delivered", validation.Shorten(name))
		case misspelled(plain, builtin) != "":
			f.Doubt("add", "has %q: if %s is meant, remove it, because that one is delivered anyway", validation.Shorten(name), misspelled(plain, builtin))
		}
	}
	for _, name := range c.Remove {
		switch plain := visit.HeaderName(name); {
		case plain == visit.RequestHeaders[0]:
			f.Add("remove", "has %q, without which no agent can be told from another: remove it from the list", validation.Shorten(name))
		case !slices.Contains(builtin, plain) && misspelled(plain, builtin) != "":
			f.Add("remove", "has %q, which is not delivered anyway: did you mean %s?", validation.Shorten(name), misspelled(plain, builtin))
		case !slices.Contains(builtin, plain):
			f.Add("remove", "has %q, which is not delivered anyway: write one of %s", validation.Shorten(name), strings.TrimPrefix(strings.Join(builtin, ", "), visit.RequestHeaders[0]+", "))
		}
	}
}

// misspelled returns the header of a list that a name is a slip of, or "". One edit in a long
// word is a slip, because there may be other headers beside those of the list: x-client-id is
// none of x-client-ip. Plurals and numbers are none either.
func misspelled(name string, builtin []string) string {
	if strings.HasSuffix(name, "s") || strings.Trim(name[len(name)-1:], "0123456789") == "" {
		return ""
	}
	for _, known := range builtin {
		word, meant := difference(strings.Split(name, "-"), strings.Split(known, "-"))
		if len(meant) >= minSlipBytes && validation.Slip(word, []string{meant}) != "" {
			return known
		}
	}
	return ""
}

// difference returns what is left of two names without the words that both begin and end with.
func difference(a, b []string) (restOfA, restOfB string) {
	for len(a) > 0 && len(b) > 0 && a[0] == b[0] {
		a, b = a[1:], b[1:]
	}
	for len(a) > 0 && len(b) > 0 && a[len(a)-1] == b[len(b)-1] {
		a, b = a[:len(a)-1], b[:len(b)-1]
	}
	return strings.Join(a, "-"), strings.Join(b, "-")
}

// minSlipBytes is the length from which on a word has no other word beside it.
const minSlipBytes = 5

func (c *QueryConfig) check(f validation.Faults) {
	f.Choice("mode", c.Mode, queryModes)
	c.checkKept(f)
	for _, key := range c.SecretKeys {
		if redact.Plain(key) == "" {
			f.Add("secret_keys", "has %q, which has no letter or digit: write a key such as voucher", validation.Shorten(key))
		}
	}
	for _, key := range c.KeepKeys {
		name := strings.TrimSuffix(key, "*")
		switch {
		case redact.Plain(name) == "" || strings.Contains(name, "*"):
			f.Add("keep_keys", "has %q: write a key such as page, or its beginning with a star such as utm_*", validation.Shorten(key))
		case name != key && c.Mode != keepQueries:
			f.Add("keep_keys", "has %q: a star is for %s keep, with which no other keys stay; set that, or write the whole key", validation.Shorten(key), f.Key("mode"))
		case redact.IsCredential([]byte(redact.Plain(key))):
			f.Add("keep_keys", "has %q, which is a name for a credential: remove it; credentials are never delivered", validation.Shorten(key))
		}
	}
}

// checkKept reports keys that stay anyway, or never: most likely they are meant to be the
// only ones that stay.
func (c *QueryConfig) checkKept(f validation.Faults) {
	switch {
	case len(c.KeepKeys) == 0:
	case c.Mode == dropQueries:
		f.Add("keep_keys", "is set and %s is drop, with which no key stays: set %[1]s to keep, so that these keys stay and no others, or remove `keep_keys`", f.Key("mode"))
	case c.Mode != keepQueries && !slices.ContainsFunc(c.KeepKeys, redact.Builtin.With(c.SecretKeys, nil).MayHide):
		f.Doubt("keep_keys", "names only keys that stay anyway: set %s to keep, so that these keys stay and no others, or remove `keep_keys`", f.Key("mode"))
	}
}

func checkReplacements(f validation.Faults, all []PathReplacement) {
	if len(all) > maxPathReplacements {
		f.Add("replace_in_paths", "has %d patterns: write %d at most", len(all), maxPathReplacements)
	}
	for i := range all {
		r := &all[i]
		p, err := newPathPattern(r)
		switch {
		case len(r.Pattern) > maxPatternBytes:
			f.Add("replace_in_paths", "has a pattern of %d characters: write %d at most", len(r.Pattern), maxPatternBytes)
		case err != nil:
			f.Add("replace_in_paths", "has the pattern %q, which is no regular expression: %w", validation.Shorten(r.Pattern), err)
		case p.pattern.MatchString(""):
			f.Add("replace_in_paths", "has the pattern %q, which matches everywhere: write one that needs at least one character", validation.Shorten(r.Pattern))
		case r.With == "":
			f.Doubt("replace_in_paths", "has the pattern %q without `with`: what it matches is cut out of the paths, so that /a/7/b may become /a//b; write `with: redacted`, for example", validation.Shorten(r.Pattern))
		}
	}
}
