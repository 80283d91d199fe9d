// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/exporter/exportertest"

	"github.com/agentvisits/agentvisitsexporter/internal/destination"
	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
	"github.com/agentvisits/agentvisitsexporter/internal/metadata"
	"github.com/agentvisits/agentvisitsexporter/internal/privacy"
)

// TestAnUnvalidatedConfigurationIsRefused is for programs that build an exporter
// without a Collector and may forget to validate.
func TestAnUnvalidatedConfigurationIsRefused(t *testing.T) {
	for want, cfg := range map[string]*Config{
		"no destination is set: set `known_agents::access_token`": exampleConfig(func(*Config) {}),
		"`known_agents` and `scrunch` are both set": exampleConfig(func(c *Config) {
			c.KnownAgents = &destination.KnownAgentsConfig{AccessToken: fixture.Token}
			c.Scrunch = &destination.ScrunchConfig{SiteID: fixture.SiteID, APIKey: fixture.Key}
		}),
		"`visits::replace_in_paths` has the pattern": exampleConfig(func(c *Config) {
			c.KnownAgents = &destination.KnownAgentsConfig{AccessToken: fixture.Token}
			c.Visits.Privacy.ReplaceInPaths = []privacy.PathReplacement{{Pattern: "("}}
		}),
		"`visits::client_ip::trusted_headers` has": exampleConfig(func(c *Config) {
			c.KnownAgents = &destination.KnownAgentsConfig{AccessToken: fixture.Token}
			c.Visits.ClientIP.TrustedHeaders = []string{"x-unknown"}
		}),
		"`visits::headers::request::add` has 200 headers": exampleConfig(func(c *Config) {
			c.KnownAgents = &destination.KnownAgentsConfig{AccessToken: fixture.Token}
			c.Visits.Privacy.Headers.Request.Add = slices.Repeat([]string{"x-a"}, 200)
		}),
	} {
		t.Run(want, func(t *testing.T) {
			set := exportertest.NewNopSettings(metadata.Type)
			_, err := NewFactory().CreateTraces(t.Context(), set, cfg)
			require.ErrorContains(t, err, want)
			_, err = NewFactory().CreateLogs(t.Context(), set, cfg)
			require.ErrorContains(t, err, want)
		})
	}
}

func TestAnUncheckedCertificateIsWarnedOf(t *testing.T) {
	for name, skip := range map[string]bool{"checked": false, "not checked": true} {
		t.Run(name, func(t *testing.T) {
			cfg := knownAgentsConfig(fixture.Listen(t).URL())
			cfg.ClientConfig.TLS.InsecureSkipVerify = skip
			r := newRig(t, cfg, componenttest.NewNopHost())
			r.shutdown(t)
			assert.Equal(t, skip, r.observed.FilterMessageSnippet("The API's certificate is not checked").Len() > 0)
		})
	}
}
