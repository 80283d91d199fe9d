// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package redact

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
)

func TestThePrivacyPageNamesWhatIsSecret(t *testing.T) {
	page := fixture.Section(t, fixture.ReadFile(t, "docs/privacy.md"), "## Secrets in URLs")
	quoted := regexp.MustCompile("`([^` ]+)`")
	between := func(start, end string) []string {
		_, rest, found := strings.Cut(page, start)
		require.True(t, found, start)
		text, _, found := strings.Cut(rest, end)
		require.True(t, found, end)
		var words []string
		for _, match := range quoted.FindAllStringSubmatch(text, -1) {
			words = append(words, match[1])
		}
		require.NotEmpty(t, words)
		return words
	}
	for _, key := range between("| Kind | Keys |", "**By key and value.**") {
		assert.Equal(t, alwaysSecret, Builtin.secrecy(key), "docs/privacy.md says that %s is secret", key)
	}
	for _, prefix := range between("| Kind | How it is recognised |", "| Credentials of HTTP") {
		prefix = strings.TrimSuffix(prefix, "...")
		assert.True(t, prefix == "npm_install" || isTokenPrefix(prefix), "docs/privacy.md says that %s begins a token", prefix)
	}
	for _, forms := range tokenForms {
		for _, form := range forms {
			if !namedElsewhere[form.prefix] {
				fixture.AssertMentions(t, page, "`"+form.prefix+"`", "docs/privacy.md must name each prefix of a token")
			}
		}
	}
	for _, key := range between("**On purpose not redacted:**", "- Addresses") {
		assert.Equal(t, harmless, Builtin.secrecy(strings.TrimSuffix(key, "*")), "docs/privacy.md says that %s stays", key)
	}
}

// namedElsewhere are the beginnings that have a row of their own.
var namedElsewhere = map[string]bool{"eyJ": true, "bearer ": true, "basic ": true}

func isTokenPrefix(prefix string) bool {
	for _, form := range tokenForms[prefix[0]] {
		if form.prefix == prefix {
			return true
		}
	}
	return false
}

// TestWhatThePageSaysIsNotRedactedStays has a value for each line that names values.
func TestWhatThePageSaysIsNotRedactedStays(t *testing.T) {
	page := fixture.Section(t, fixture.ReadFile(t, "docs/privacy.md"), "## Secrets in URLs")
	for row, query := range map[string]string{
		"- Addresses, as in": "ip=192.0.2.7&remote_addr=192.0.2.8",
		"- Numbers of cards and of social insurance, IBANs and e-mail addresses": "n=4111111111111111&to=anna@example.com",
		"- Random values under any other key":                                    "t=9c1f7be2a4d85630e1b7",
		"- JSON in Base64 in queries and paths, such as cursors":                 "cursor=eyJhZnRlciI6NDJ9",
		"- Private keys (`-----BEGIN ...`) and SSH keys":                         "k=-----BEGIN%20PRIVATE%20KEY-----MC4CAQAwBQYDK2Vw&l=ssh-ed25519%20AAAAC3NzaC1lZDI1NTE5AAAA",
		"- What names its key in another way":                                    "filter=token:abc&query={user(otp:123456){id}}",
	} {
		fixture.AssertMentions(t, page, row, "docs/privacy.md must say what is not redacted")
		assert.Equal(t, query, Builtin.Query(query), row)
	}
}
