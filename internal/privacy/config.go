// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package privacy

import (
	"github.com/agentvisits/agentvisitsexporter/internal/visit"
)

// Config says what of a visit is delivered, and whose visits. All of it is optional.
type Config struct {
	// Headers changes which captured headers are delivered.
	Headers HeadersConfig `mapstructure:"headers"`
	// Query says what of queries is delivered.
	Query QueryConfig `mapstructure:"query"`
	// ReplaceInPaths replaces what must not leave in paths, such as e-mail
	// addresses and customer numbers. At most 16.
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
	// Request is about the headers of the request.
	Request HeaderListConfig `mapstructure:"request"`
	// Response is about the headers of the response.
	Response HeaderListConfig `mapstructure:"response"`
}

// HeaderListConfig changes a built-in list of headers. Names are compared
// without case, and "_" is the same as "-".
type HeaderListConfig struct {
	// Add names further headers to deliver, at most 8. Headers that carry
	// credentials, or say who a user is, are refused. A credential in the value of any header, such as
	// "Bearer x" or a JSON Web Token, leaves as REDACTED.
	Add []string `mapstructure:"add"`
	// Remove names headers of the list that are not to be delivered. The exporter
	// still reads the visitor's address and the host from them. Without x-forwarded-for,
	// an address that no other header holds is not delivered to Known Agents.
	Remove []string `mapstructure:"remove"`
}

// QueryConfig says what of queries is delivered. It also applies to the queries of
// URLs in headers that hold URLs, such as referer, and in those that users add.
type QueryConfig struct {
	// Mode is redact (the default), which replaces the values of secret keys by
	// REDACTED; keep, which leaves only the keys of keep_keys, and redacts secrets
	// among them; or drop, which leaves no query.
	Mode string `mapstructure:"mode"`
	// SecretKeys are further keys whose values are secret. Case, "-" and "_" are
	// ignored.
	SecretKeys []string `mapstructure:"secret_keys"`
	// KeepKeys are, with keep, the only keys that stay. With redact, they are keys
	// that the exporter would take for secrets, such as state where it names a
	// region, and whose values stay unless they are tokens. Words for credentials,
	// such as token, are refused. With keep, a key may end in "*": utm_*.
	KeepKeys []string `mapstructure:"keep_keys"`
}

// PathReplacement replaces what a pattern matches in paths, and in the URLs of
// headers that hold URLs, such as referer, and of those that users add.
type PathReplacement struct {
	// Pattern is a regular expression (RE2), at most 512 characters long. It sees
	// the path as people read it, without percent-encoding: /café, not
	// /caf%C3%A9. Escapes of "/", "?", "#", "&" and control characters are one
	// unknown character each: [^/]+ covers all of a%2Fb. An escape in the pattern
	// stands for its character: %40 is the same as @.
	Pattern string `mapstructure:"pattern"`
	// With is the replacement, percent-encoded as far as paths need it. It cannot
	// refer to groups of the pattern.
	With string `mapstructure:"with"`
}

// The choices of visits::query::mode, visits::client_ip::mode and visits::who.
const (
	redactQueries = "redact"
	keepQueries   = "keep"
	dropQueries   = "drop"

	fullAddresses     = "full"
	truncateAddresses = "truncate"
	omitAddresses     = "omit"

	everybody         = "everybody"
	agentsOnly        = "agents"
	agentsAndReferred = "agents_and_referred"
)

// The same as lists, for validation. The first is the default, for which the empty
// text stands as well.
var (
	queryModes = []string{redactQueries, keepQueries, dropQueries}
	whoModes   = []string{everybody, agentsOnly, agentsAndReferred}

	// ClientIPModes are the choices of visits::client_ip::mode.
	ClientIPModes = []string{fullAddresses, truncateAddresses, omitAddresses}
)

// Added returns the names of the headers that users add, in lower case with "-".
func (c *HeadersConfig) Added() (request, response []string) {
	return c.Request.addedNames(), c.Response.addedNames()
}

// addedNames returns at most as many names as there are fields for added headers,
// because a configuration that was never validated may have more.
func (c *HeaderListConfig) addedNames() []string {
	names := make([]string, min(len(c.Add), visit.MaxAddedHeaders))
	for i := range names {
		names[i] = visit.HeaderName(c.Add[i])
	}
	return names
}
