// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package destination

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"go.opentelemetry.io/collector/config/configopaque"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
	"github.com/agentvisits/agentvisitsexporter/internal/validation"
)

// faultsOf are the faults of a choice, as a user sees them.
func faultsOf(c Choice, hasExtension bool) string {
	f := validation.NewFaults()
	c.CheckDestination(f, hasExtension)
	if err := f.Err(); err != nil {
		return err.Error()
	}
	return ""
}

func TestExactlyOneDestinationIsChosen(t *testing.T) {
	known, scrunch := &KnownAgentsConfig{AccessToken: fixture.Token}, &ScrunchConfig{SiteID: fixture.SiteID, APIKey: fixture.Key}
	for name, c := range map[string]struct {
		choice Choice
		chosen string
		fault  string
	}{
		"known agents": {Choice{KnownAgents: known}, "known_agents", ""},
		"scrunch":      {Choice{Scrunch: scrunch}, "scrunch/" + fixture.SiteID, ""},
		"none":         {Choice{}, "", "no destination is set: set `known_agents::access_token`, or `scrunch::site_id` and `scrunch::api_key`"},
		"both": {Choice{KnownAgents: known, Scrunch: scrunch}, "", "`known_agents` and `scrunch` are both set: one exporter delivers to one destination; " +
			"make it two, such as agent_visits/known_agents and agent_visits/scrunch"},
	} {
		t.Run(name, func(t *testing.T) {
			assert.Equal(t, c.fault, faultsOf(c.choice, false))
			d, err := c.choice.Destination(nil, nil)
			if c.fault != "" {
				assert.EqualError(t, err, c.fault)
				assert.Nil(t, d)
				return
			}
			require.NoError(t, err)
			assert.Equal(t, c.chosen, d.Identity())
		})
	}
}

// TestEveryDestinationIsTested: the tests that go through all destinations know each
// one that can be chosen, and each has its golden bodies.
func TestEveryDestinationIsTested(t *testing.T) {
	for _, b := range new(Choice).blocks() {
		t.Run(b.name(), func(t *testing.T) {
			require.Contains(t, allDestinations(), b.name())
			assert.Equal(t, b.name(), allDestinations()[b.name()].Name)
			assert.True(t, fixture.Exists(fixture.InRoot("testdata/body", b.name())))
		})
	}
	assert.Len(t, allDestinations(), len(new(Choice).blocks()))
}

func TestThePathIsThatOfTheChosenAPI(t *testing.T) {
	assert.Empty(t, new(Choice).APIPath())
	assert.Equal(t, "/visits", (&Choice{KnownAgents: &KnownAgentsConfig{}}).APIPath())
	assert.Equal(t, "/v1/sites/a%2Fb/platforms/custom/web-traffic", (&Choice{Scrunch: &ScrunchConfig{SiteID: "a/b"}}).APIPath())
}

// TestHeadersThatHoldASecretAreKnown: a configured header must not overwrite one.
func TestHeadersThatHoldASecretAreKnown(t *testing.T) {
	for name, c := range map[string]struct {
		choice Choice
		want   map[string]string
	}{
		"none is chosen":              {Choice{}, map[string]string{}},
		"an extension authenticates":  {Choice{KnownAgents: &KnownAgentsConfig{}}, map[string]string{}},
		"a token":                     {Choice{KnownAgents: &KnownAgentsConfig{AccessToken: "x"}}, map[string]string{"Authorization": "known_agents::access_token"}},
		"a token in a file":           {Choice{KnownAgents: &KnownAgentsConfig{AccessTokenFile: "/none"}}, map[string]string{"Authorization": "known_agents::access_token_file"}},
		"a key":                       {Choice{Scrunch: &ScrunchConfig{APIKey: "x"}}, map[string]string{"X-Api-Key": "scrunch::api_key"}},
		"a key, and a token by error": {Choice{KnownAgents: &KnownAgentsConfig{AccessToken: "x"}, Scrunch: &ScrunchConfig{APIKey: "x"}}, map[string]string{"Authorization": "known_agents::access_token", "X-Api-Key": "scrunch::api_key"}},
	} {
		t.Run(name, func(t *testing.T) { assert.Equal(t, c.want, c.choice.SecretHeaders()) })
	}
}

func TestASecretThatCannotBeRightIsReported(t *testing.T) {
	for secret, want := range map[string]string{
		"":                 "is empty",
		" \t ":             "is blank",
		"${env:TOKEN}":     "holds a placeholder",
		"{{ .token }}":     "holds a placeholder",
		"$TOKEN":           "holds a placeholder",
		"<token>":          "holds a placeholder",
		"Bearer s3cret":    "starts with the word Bearer",
		"BEARER s3cret":    "starts with the word Bearer",
		`"s3cret"`:         "holds a quotation mark",
		"s3cret'":          "holds a quotation mark",
		"s3 cret":          "holds a space",
		"s3cret\n":         "holds a space",
		"s3crét":           "holds a space",
		"s3cret\x7f":       "holds a space",
		"s3cret":           "",
		"bearer":           "",
		"<s3cret":          "",
		"s3cret>":          "",
		"s3$cret":          "",
		"!s3cret~":         "",
		"s3'cret":          "",
		"x":                "",
		"{s3cret}-$<never": "",
	} {
		t.Run(fmt.Sprintf("%q", secret), func(t *testing.T) {
			got := faultsOf(Choice{KnownAgents: &KnownAgentsConfig{AccessToken: configopaque.String(secret)}}, false)
			assert.NotContains(t, got, "s3cret")
			if want == "" {
				assert.Empty(t, got)
			} else {
				assert.Contains(t, got, "`known_agents::access_token` "+want)
			}
		})
	}
}

func TestWithAnExtensionASecretMayBeAbsent(t *testing.T) {
	for name, c := range map[string]struct {
		choice Choice
		want   string
	}{
		"absent":       {Choice{KnownAgents: &KnownAgentsConfig{}}, ""},
		"absent too":   {Choice{Scrunch: &ScrunchConfig{SiteID: fixture.SiteID}}, ""},
		"set to blank": {Choice{KnownAgents: &KnownAgentsConfig{AccessToken: " "}}, "is blank"},
	} {
		t.Run(name, func(t *testing.T) {
			got := faultsOf(c.choice, true)
			if c.want == "" {
				assert.Empty(t, got)
			} else {
				assert.Contains(t, got, c.want)
			}
		})
	}
}

func TestASecretInAFileIsCheckedToo(t *testing.T) {
	path := filepath.Join(t.TempDir(), "secret")
	for name, c := range map[string]struct {
		text, secret string
		want         string
	}{
		"right":        {"s3cret\n", "", ""},
		"empty":        {" \n", "", "`scrunch::api_key_file` is empty"},
		"two words":    {"two words", "", "`scrunch::api_key_file` holds a space"},
		"both are set": {"s3cret", "s3cret", "`scrunch::api_key` and `scrunch::api_key_file` are both set"},
	} {
		t.Run(name, func(t *testing.T) {
			replaceFile(t, path, c.text)
			got := faultsOf(Choice{Scrunch: &ScrunchConfig{SiteID: fixture.SiteID, APIKey: configopaque.String(c.secret), APIKeyFile: path}}, false)
			assert.NotContains(t, got, "s3cret")
			assert.True(t, strings.HasPrefix(got, c.want), got)
			assert.Equal(t, c.want == "", got == "", got)
		})
	}
	got := faultsOf(Choice{Scrunch: &ScrunchConfig{SiteID: fixture.SiteID, APIKeyFile: path + ".gone"}}, false)
	assert.Contains(t, got, "`scrunch::api_key_file` cannot be read")
}

func TestASiteIDIsAULID(t *testing.T) {
	for name, c := range map[string]struct {
		id, key string
		want    string
	}{
		"right":            {fixture.SiteID, fixture.Key, ""},
		"in lower case":    {strings.ToLower(fixture.SiteID), fixture.Key, ""},
		"the largest":      {"7ZZZZZZZZZZZZZZZZZZZZZZZZZ", fixture.Key, ""},
		"empty":            {"", fixture.Key, "is empty"},
		"out of range":     {"80000000000000000000000000", fixture.Key, "is a text of 26 characters and no ULID"},
		"out of alphabet":  {fixture.SiteID[:25] + "U", fixture.Key, "is a text of 26 characters and no ULID"},
		"a letter missing": {fixture.SiteID[:25], fixture.Key, "is a text of 25 characters"},
		"a secret":         {"s3cret", fixture.Key, "is a text of 6 characters"},
		"swapped":          {fixture.Key, fixture.SiteID, "is no ULID, but `scrunch::api_key` is one"},
	} {
		t.Run(name, func(t *testing.T) {
			got := faultsOf(Choice{Scrunch: &ScrunchConfig{SiteID: c.id, APIKey: configopaque.String(c.key)}}, false)
			assert.NotContains(t, got, "s3cret")
			assert.Equal(t, c.want == "", got == "", got)
			assert.Contains(t, got, c.want)
		})
	}
}

func TestADomainIsAHostAlone(t *testing.T) {
	for domain, right := range map[string]bool{
		"": true, "example.com": true, "www.example.com": true,
		"Example.com": false, "https://example.com": false, "example.com:443": false, "example.com/a": false, "exa mple.com": false,
	} {
		t.Run(domain, func(t *testing.T) {
			got := faultsOf(Choice{Scrunch: &ScrunchConfig{SiteID: fixture.SiteID, APIKey: fixture.Key, Domain: domain}}, false)
			assert.Equal(t, right, got == "", got)
		})
	}
}

func TestABlockPrintsNoSecret(t *testing.T) {
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
		t.Run(verb, func(t *testing.T) {
			for _, block := range []any{KnownAgentsConfig{AccessToken: "s3cret"}, ScrunchConfig{SiteID: fixture.SiteID, APIKey: "s3cret", Domain: "example.com"}} {
				text := fmt.Sprintf(verb, block)
				assert.NotContains(t, text, "s3cret")
				assert.Contains(t, text, "[REDACTED]")
			}
			assert.Contains(t, fmt.Sprintf(verb, ScrunchConfig{SiteID: fixture.SiteID}), fixture.SiteID)
		})
	}
}
