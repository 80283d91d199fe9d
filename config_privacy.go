// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/agentvisits/agentvisitsexporter/internal/agents"
)

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

// The bounds of what users add, for each of it costs time for each visit.
const (
	maxAddedHeaders     = 8
	maxPathReplacements = 16
	maxPatternBytes     = 512
)

// The choices of QueryConfig, ClientIPConfig and VisitsConfig.Who; empty is the first.
var (
	queryModes    = []string{"redact", "keep", "drop"}
	clientIPModes = []string{"full", "truncate", "omit"}
	whoModes      = []string{"everybody", "agents", "agents_and_referred"}
)

func (f *faults) inPrivacy(c *VisitsConfig) {
	f.inChoice("visits::who", c.Who, whoModes)
	for _, name := range c.Agents {
		if !agents.IsToken(name) {
			f.add("`visits::agents` has %q: write the agent's token in its user agent, which has letters, digits, - and _ alone, such as ExampleBot", shorten(name))
		}
	}
	if len(c.Agents) > 0 && (c.Who == "" || c.Who == whoModes[0]) {
		f.add("`visits::agents` is set and `visits::who` is everybody: set `visits::who` to agents or agents_and_referred, or remove the agents")
	}
	f.inHeaderList("visits::headers::request", c.Headers.Request, requestHeaders[:], requestHeaderKeys)
	f.inHeaderList("visits::headers::response", c.Headers.Response, responseHeaders[:], responseHeaderKeys)
	f.inChoice("visits::query::mode", c.Query.Mode, queryModes)
	f.inChoice("visits::client_ip::mode", c.ClientIP.Mode, clientIPModes)
	f.inKeys(&c.Query)
	f.inReplacements(c.ReplaceInPaths)
	for _, name := range slices.Sorted(maps.Keys(c.Attributes)) {
		for _, key := range c.Attributes[name] {
			if isCredentialHeader(headerOfKey(key)) {
				f.add("`visits::attributes::%s` has %q, which holds a credential: remove it; credentials are never delivered", name, shorten(key))
			}
		}
	}
}

func (f *faults) inChoice(key, value string, choices []string) {
	if value != "" && !slices.Contains(choices, value) {
		f.add("`%s` is %q: write one of %s", key, shorten(value), strings.Join(choices, ", "))
	}
}

func (f *faults) inHeaderList(key string, list HeaderListConfig, builtin []string, ways []headerKey) {
	if len(list.Add) > maxAddedHeaders {
		f.add("`%s::add` has %d headers: name %d at most", key, len(list.Add), maxAddedHeaders)
	}
	for _, name := range list.Add {
		switch plain := headerName(name); {
		case strings.ContainsAny(name, "*?"):
			f.add("`%s::add` has %q: write the headers' whole names; a wildcard could let credentials through", key, shorten(name))
		case plain == "" || strings.Trim(plain, "abcdefghijklmnopqrstuvwxyz0123456789-") != "":
			f.add("`%s::add` has %q, which is no header: write a name such as x-request-id", key, shorten(name))
		case slices.Contains(builtin, plain):
			f.add("`%s::add` has %q, which is delivered anyway: remove it", key, shorten(name))
		case find(builtinKeys, headerKeys(plain, ways)[0]) != nil:
			f.add("`%s::add` has %q, which tells the exporter a part of the visit and is delivered as that: remove it", key, shorten(name))
		case isCredentialHeader(plain):
			f.add("`%s::add` has %q, which carries a credential: remove it; credentials are never delivered", key, shorten(name))
		}
	}
	for _, name := range list.Remove {
		switch plain := headerName(name); {
		case plain == requestHeaders[0]:
			f.add("`%s::remove` has %q, without which no agent can be told from another: remove it from the list", key, shorten(name))
		case !slices.Contains(builtin, plain):
			f.add("`%s::remove` has %q, which is not delivered anyway: write one of %s", key, shorten(name), strings.Join(builtin, ", "))
		}
	}
}

func (f *faults) inKeys(c *QueryConfig) {
	for _, key := range c.SecretKeys {
		if plainKey(key) == "" {
			f.add("`visits::query::secret_keys` has %q, which has no letter or digit: write a key such as voucher", shorten(key))
		}
	}
	for _, key := range c.KeepKeys {
		name := strings.TrimSuffix(key, "*")
		switch {
		case plainKey(name) == "" || strings.Contains(name, "*"):
			f.add("`visits::query::keep_keys` has %q: write a key such as page, or its beginning with a star such as utm_*", shorten(key))
		case name != key && c.Mode != "keep":
			f.add("`visits::query::keep_keys` has %q: a star is for `visits::query::mode` keep; write the whole key", shorten(key))
		case isCredential([]byte(plainKey(key))):
			f.add("`visits::query::keep_keys` has %q, which is a name for a credential: remove it; credentials are never delivered", shorten(key))
		}
	}
}

func (f *faults) inReplacements(all []PathReplacement) {
	if len(all) > maxPathReplacements {
		f.add("`visits::replace_in_paths` has %d patterns: write %d at most", len(all), maxPathReplacements)
	}
	for _, r := range all {
		pattern, err := regexp.Compile(r.Pattern)
		switch {
		case len(r.Pattern) > maxPatternBytes:
			f.add("`visits::replace_in_paths` has a pattern of %d characters: write %d at most", len(r.Pattern), maxPatternBytes)
		case err != nil:
			f.add("`visits::replace_in_paths` has the pattern %q, which is no regular expression: %w", shorten(r.Pattern), err)
		case pattern.MatchString(""):
			f.add("`visits::replace_in_paths` has the pattern %q, which matches everywhere: write one that needs at least one character", shorten(r.Pattern))
		}
	}
}

// headerName is a header's name in lower case with "-".
func headerName(name string) string {
	return strings.ToLower(strings.ReplaceAll(name, "_", "-"))
}

// headerOfKey is the header that an attribute's key may be meant to hold: what
// follows the last dot, without nginx' "http_".
func headerOfKey(key string) string {
	key = headerName(key[strings.LastIndexByte(key, '.')+1:])
	for _, prefix := range []string{"sent-http-", "http-", "request-", "downstream-"} {
		key = strings.TrimPrefix(key, prefix)
	}
	return key
}

// credentialHeaders are, with the words below, the headers that Known Agents'
// own clients never send, and others that carry credentials.
var credentialHeaders = wordSet(`authentication-info www-authenticate proxy-authenticate x-forwarded-client-cert`)

// isCredentialHeader says whether a header, in lower case with "-", is one that
// must never leave. mcp-session-id is not sent unless it is added.
func isCredentialHeader(name string) bool {
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
	return !slices.Contains(requestHeaders[:], name) && isCredential([]byte(plainKey(name)))
}
