// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package privacy

import (
	"regexp"
	"slices"
	"strings"

	"github.com/agentvisits/agentvisitsexporter/internal/agents"
	"github.com/agentvisits/agentvisitsexporter/internal/ascii"
	"github.com/agentvisits/agentvisitsexporter/internal/mapping"
	"github.com/agentvisits/agentvisitsexporter/internal/redact"
	"github.com/agentvisits/agentvisitsexporter/internal/validation"
	"github.com/agentvisits/agentvisitsexporter/internal/visit"
)

// Config says what of a visit is delivered, and whose visits. Nothing of
// it has to be set.
type Config struct {
	// Headers changes which captured headers are delivered.
	Headers HeadersConfig `mapstructure:"headers"`
	// Query says what of queries is delivered.
	Query QueryConfig `mapstructure:"query"`
	// ReplaceInPaths replaces what must not leave in paths, such as e-mail
	// addresses and customers' numbers. At most 16.
	ReplaceInPaths []PathReplacement `mapstructure:"replace_in_paths"`

	// Who says whose visits are delivered: everybody's (the default), those of
	// known AI agents and crawlers (agents), or also those of people whom an AI
	// assistant's answer sent (agents_and_referred).
	Who string `mapstructure:"who"`
	// Agents names further agents by the token in their user agent, such as
	// ExampleBot.
	Agents []string `mapstructure:"agents"`
}

// HeadersConfig changes which captured headers Known Agents gets. Scrunch gets
// the user agent and no other header.
type HeadersConfig struct {
	// Request are the headers of the request.
	Request HeaderListConfig `mapstructure:"request"`
	// Response are the headers of the response.
	Response HeaderListConfig `mapstructure:"response"`
}

// HeaderListConfig changes a built-in list of headers. Names are compared
// without case, and "_" is as good as "-".
type HeaderListConfig struct {
	// Add names further headers to deliver, at most 8. Headers that carry
	// credentials are refused.
	Add []string `mapstructure:"add"`
	// Remove names headers of the list that are not to be delivered. They still
	// tell the visitor's address and the host.
	Remove []string `mapstructure:"remove"`
}

// QueryConfig says what of queries is delivered, those of URLs in the referer,
// location and link headers included.
type QueryConfig struct {
	// Mode is redact (the default), which replaces the values of secret keys by
	// REDACTED; keep, which leaves only the keys of keep_keys, secrets among them
	// redacted; or drop, which leaves no query.
	Mode string `mapstructure:"mode"`
	// SecretKeys are further keys whose values are secret. Case, "-" and "_" are
	// ignored.
	SecretKeys []string `mapstructure:"secret_keys"`
	// KeepKeys are keys that stay as they are: with keep these alone, with redact
	// those that the exporter would take for secrets, such as state where it
	// names a region. Words for credentials, such as token, are refused. With
	// keep a "*" may end a key: utm_*.
	KeepKeys []string `mapstructure:"keep_keys"`
}

// PathReplacement replaces what a pattern matches in paths, and in the URLs of
// the referer, location and link headers.
type PathReplacement struct {
	// Pattern is a regular expression (RE2), at most 512 characters long. It sees
	// the path as it is delivered: percent-encoded.
	Pattern string `mapstructure:"pattern"`
	// With is the text that stands there instead, without references to groups.
	With string `mapstructure:"with"`
}

// The bounds of what users add, because each costs time for each visit.
const (
	maxPathReplacements = 16
	maxPatternBytes     = 512
)

// The choices of visits::query::mode, client_ip::mode and who. Empty stands for
// the first.
var (
	queryModes    = []string{"redact", "keep", "drop"}
	ClientIPModes = []string{"full", "truncate", "omit"}
	whoModes      = []string{"everybody", "agents", "agents_and_referred"}
)

func (c *Config) Check(f validation.Faults) {
	f.Choice("who", c.Who, whoModes)
	for _, name := range c.Agents {
		if !agents.IsToken(name) {
			f.Add("agents", "has %q: write the agent's token in its user agent, which has letters, digits, - and _ alone, such as ExampleBot", validation.Shorten(name))
		}
	}
	if len(c.Agents) > 0 && (c.Who == "" || c.Who == whoModes[0]) {
		f.Add("agents", "is set and %s is everybody: set %[1]s to agents or agents_and_referred, or remove the agents", f.Key("who"))
	}
	headers := f.In("headers")
	c.Headers.Request.check(headers.In("request"), visit.RequestHeaders[:], mapping.RequestHeaderKeys)
	c.Headers.Response.check(headers.In("response"), visit.ResponseHeaders[:], mapping.ResponseHeaderKeys)
	c.Query.check(f.In("query"))
	checkReplacements(f, c.ReplaceInPaths)
}

// check takes the built-in list, and the ways in which producers make keys of its
// headers' names.
func (c *HeaderListConfig) check(f validation.Faults, builtin []string, ways []mapping.HeaderKey) {
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
		case ascii.Find(mapping.Builtin, mapping.HeaderKeys(plain, ways)[0]) != nil:
			f.Add("add", "has %q, which tells the exporter a part of the visit and is delivered as that: remove it", validation.Shorten(name))
		case IsCredentialHeader(plain):
			f.Add("add", "has %q, which carries a credential: remove it; credentials are never delivered", validation.Shorten(name))
		}
	}
	for _, name := range c.Remove {
		switch plain := visit.HeaderName(name); {
		case plain == visit.RequestHeaders[0]:
			f.Add("remove", "has %q, without which no agent can be told from another: remove it from the list", validation.Shorten(name))
		case !slices.Contains(builtin, plain):
			f.Add("remove", "has %q, which is not delivered anyway: write one of %s", validation.Shorten(name), strings.Join(builtin, ", "))
		}
	}
}

func (c *QueryConfig) check(f validation.Faults) {
	f.Choice("mode", c.Mode, queryModes)
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
		case name != key && c.Mode != "keep":
			f.Add("keep_keys", "has %q: a star is for %s keep; write the whole key", validation.Shorten(key), f.Key("mode"))
		case redact.IsCredential([]byte(redact.Plain(key))):
			f.Add("keep_keys", "has %q, which is a name for a credential: remove it; credentials are never delivered", validation.Shorten(key))
		}
	}
}

func checkReplacements(f validation.Faults, all []PathReplacement) {
	if len(all) > maxPathReplacements {
		f.Add("replace_in_paths", "has %d patterns: write %d at most", len(all), maxPathReplacements)
	}
	for _, r := range all {
		pattern, err := regexp.Compile(r.Pattern)
		switch {
		case len(r.Pattern) > maxPatternBytes:
			f.Add("replace_in_paths", "has a pattern of %d characters: write %d at most", len(r.Pattern), maxPatternBytes)
		case err != nil:
			f.Add("replace_in_paths", "has the pattern %q, which is no regular expression: %w", validation.Shorten(r.Pattern), err)
		case pattern.MatchString(""):
			f.Add("replace_in_paths", "has the pattern %q, which matches everywhere: write one that needs at least one character", validation.Shorten(r.Pattern))
		}
	}
}

// Added are the names of the headers that users add.
func (c *HeadersConfig) Added() (request, response []string) {
	return c.Request.addedNames(), c.Response.addedNames()
}

// addedNames are the names of the headers that are added, as they are delivered.
// There are no more than have a field each, also where check refuses the list.
func (c *HeaderListConfig) addedNames() []string {
	names := make([]string, min(len(c.Add), visit.MaxAddedHeaders))
	for i := range names {
		names[i] = visit.HeaderName(c.Add[i])
	}
	return names
}

// HeaderOfKey is the header that may stand under an attribute's key: what follows
// the last dot, without a prefix such as nginx' "http_".
func HeaderOfKey(key string) string {
	key = visit.HeaderName(key[strings.LastIndexByte(key, '.')+1:])
	for _, prefix := range []string{"sent-http-", "http-", "request-", "downstream-"} {
		key = strings.TrimPrefix(key, prefix)
	}
	return key
}

// credentialHeaders carry credentials, which their names do not tell. Known
// Agents' own clients never send them either.
var credentialHeaders = ascii.WordSet(`authentication-info www-authenticate proxy-authenticate x-forwarded-client-cert`)

// IsCredentialHeader says whether a header must never leave. The name is in lower
// case with "-".
func IsCredentialHeader(name string) bool {
	if credentialHeaders[name] {
		return true
	}
	for _, start := range []string{"cf-access-", "x-amz-cf-"} {
		if strings.HasPrefix(name, start) {
			return true
		}
	}
	for _, end := range []string{"-token", "-secret", "-key", "-auth", "-password"} {
		if strings.HasSuffix(name, end) {
			return true
		}
	}
	return !slices.Contains(visit.RequestHeaders[:], name) && redact.IsCredential([]byte(redact.Plain(name)))
}
