// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package destination

import (
	"fmt"
	"strings"

	"go.opentelemetry.io/collector/config/configopaque"

	"github.com/agentvisits/agentvisitsexporter/internal/uri"
	"github.com/agentvisits/agentvisitsexporter/internal/validation"
)

// KnownAgentsConfig is the access to Known Agents.
type KnownAgentsConfig struct {
	// AccessToken is the project's access token, from the project's settings. It
	// selects the site. Required, unless access_token_file or auth is set.
	AccessToken configopaque.String `mapstructure:"access_token"`
	// AccessTokenFile is the path of a file that holds the token instead. It is
	// read again when it changes, so that the token can be replaced while the
	// Collector runs.
	AccessTokenFile string `mapstructure:"access_token_file,omitempty"`
}

// ScrunchConfig is the access to Scrunch.
type ScrunchConfig struct {
	// SiteID is the site's id, a ULID of 26 characters, from the dashboard's page
	// for the custom integration. Required.
	SiteID string `mapstructure:"site_id"`
	// APIKey is the site's key, from the same page. Required, unless api_key_file
	// or auth is set.
	APIKey configopaque.String `mapstructure:"api_key"`
	// APIKeyFile is the path of a file that holds the key instead. It is read
	// again when it changes, so that the key can be replaced while the Collector
	// runs.
	APIKeyFile string `mapstructure:"api_key_file,omitempty"`
	// Domain is the site's domain, such as example.com. By default it is the host
	// of each visit; access logs that hold no host need it.
	Domain string `mapstructure:"domain"`
}

// Format prints no secret under any verb. Without it fmt would show what a
// pointer points to in clear under %s and %q.
func (KnownAgentsConfig) Format(s fmt.State, _ rune) {
	fmt.Fprint(s, "{access_token: [REDACTED]}")
}

// Format prints no secret under any verb; see KnownAgentsConfig.
func (c ScrunchConfig) Format(s fmt.State, _ rune) {
	fmt.Fprintf(s, "{site_id: %q, api_key: [REDACTED], domain: %q}", c.SiteID, c.Domain)
}

// Check reports the faults of the block. The token may be absent if an
// authentication extension is configured, which adds one.
func (c *KnownAgentsConfig) Check(f validation.Faults, hasExtension bool) {
	checkSecretOrFile(f, secretSetting{"access_token", "KNOWN_AGENTS_ACCESS_TOKEN", hasExtension}, string(c.AccessToken), c.AccessTokenFile)
}

// Check reports the faults of the block. The key may be absent if an
// authentication extension is configured, which adds one.
func (c *ScrunchConfig) Check(f validation.Faults, hasExtension bool) {
	checkSiteID(f, c.SiteID, string(c.APIKey))
	checkSecretOrFile(f, secretSetting{"api_key", "SCRUNCH_API_KEY", hasExtension}, string(c.APIKey), c.APIKeyFile)
	checkDomain(f, c.Domain)
}

// secretSetting is a key under which a secret stands.
type secretSetting struct {
	key      string
	variable string // of the environment, for examples
	optional bool
}

// checkSecretOrFile checks a secret that may stand in a file.
func checkSecretOrFile(f validation.Faults, s secretSetting, secret, path string) {
	if path == "" {
		checkSecret(f, s, secret)
		return
	}
	file := s
	file.key += "_file"
	if secret != "" {
		f.Add(s.key, "and %s are both set: remove one of them", f.Key(file.key))
		return
	}
	secret, err := readSecret(path)
	switch {
	case err != nil:
		f.Add(file.key, "cannot be read: %w; see that the file is there and that the Collector's user may read it", err)
	case secret == "":
		f.Add(file.key, "is empty: write the secret into the file")
	default:
		checkSecret(f, file, secret)
	}
}

// checkSecret never shows the secret.
func checkSecret(f validation.Faults, s secretSetting, secret string) {
	switch {
	case secret == "" && !s.optional:
		f.Add(s.key, "is empty: set it, for example to ${env:%s}, and see that this variable is set where the Collector runs", s.variable)
	case secret == "":
	case strings.TrimSpace(secret) == "":
		f.Add(s.key, "is blank: set it, for example to ${env:%s}, and see what this variable holds where the Collector runs", s.variable)
	case isPlaceholder(secret):
		f.Add(s.key, "holds a placeholder instead of a secret: write ${env:%s}, for example, and set this variable where the Collector runs", s.variable)
	case hasPrefixFold(secret, "bearer "):
		f.Add(s.key, "starts with the word Bearer: write the secret alone")
	case strings.ContainsAny(secret[:1]+secret[len(secret)-1:], `"'`):
		f.Add(s.key, "holds a quotation mark at its start or end: remove it where the value comes from; some tools keep the quotation marks of an environment file")
	case strings.ContainsFunc(secret, notVisible):
		f.Add(s.key, "holds a space, a line break or another character that a secret cannot have: look for one at the start or end of the file or variable that it comes from")
	}
}

// isPlaceholder recognises what a template or an example has in place of a secret.
func isPlaceholder(s string) bool {
	return strings.Contains(s, "${") || strings.Contains(s, "{{") || s[0] == '$' || s[0] == '<' && s[len(s)-1] == '>'
}

func hasPrefixFold(s, prefix string) bool {
	return len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix)
}

func notVisible(r rune) bool { return r <= ' ' || r > '~' }

// checkSiteID shows the id only if it is hardly the API's key.
func checkSiteID(f validation.Faults, id, apiKey string) {
	switch {
	case id == "":
		f.Add("site_id", "is empty: set it to the site's id from Scrunch's dashboard, for example to ${env:SCRUNCH_SITE_ID}, and see that this variable is set where the Collector runs")
	case isULID(id):
	case isULID(apiKey):
		f.Add("site_id", "is no ULID, but %s is one: exchange the two", f.Key("api_key"))
	case len(id) == ulidLength:
		f.Add("site_id", "is %q, which is no ULID (26 letters and digits, such as 01ARZ3NDEKTSV4RRFFQ69G5FAV): copy the site's id from Scrunch's dashboard", id)
	default:
		f.Add("site_id", "is a text of %d characters and no ULID (26 letters and digits, such as 01ARZ3NDEKTSV4RRFFQ69G5FAV): copy the site's id from Scrunch's dashboard; the key goes into %s", len(id), f.Key("api_key"))
	}
}

const ulidLength = 26

// isULID recognises a Universally Unique Lexicographically Sortable Identifier: 26
// characters of Crockford's base 32, the first at most 7.
func isULID(s string) bool {
	const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
	return len(s) == ulidLength && s[0] <= '7' && strings.Trim(strings.ToUpper(s), alphabet) == ""
}

func checkDomain(f validation.Faults, domain string) {
	if domain != "" && (uri.Host(domain) != domain || uri.SiteName(domain) != domain) {
		f.Add("domain", "is %q: write the site's domain alone, in lower case, without scheme, port and path, such as example.com", validation.Shorten(domain))
	}
}
