// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/config/configauth"
	"go.opentelemetry.io/collector/config/configoptional"
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

func TestWhatIsMostLikelyNotMeantIsWarnedOf(t *testing.T) {
	cfg := knownAgentsConfig(fixture.Listen(t).URL())
	cfg.ClientConfig.Compression = "gzip"
	r := newRig(t, cfg, componenttest.NewNopHost())
	r.shutdown(t)
	assert.Positive(t, r.observed.FilterMessageSnippet("The configuration may not do what is meant. `compression` is gzip").Len())
}

func TestAnExtensionThatDoesNotRunEndsTheStart(t *testing.T) {
	for want, change := range map[string]func(*Config){
		"`sending_queue::storage` names": func(c *Config) { c.QueueConfig.Get().StorageID = &fixture.DiskID },
		"`auth::authenticator` names": func(c *Config) {
			c.ClientConfig.Auth = configoptional.Some(configauth.Config{AuthenticatorID: component.MustNewID("oauth2client")})
		},
	} {
		t.Run(want, func(t *testing.T) {
			cfg := knownAgentsConfig("http://127.0.0.1:1")
			change(cfg)
			e, err := NewFactory().CreateLogs(t.Context(), exportertest.NewNopSettings(metadata.Type), cfg)
			require.NoError(t, err)
			assert.EqualError(t, e.Start(t.Context(), componenttest.NewNopHost()), want+" an extension that does not run: define it below `extensions` and add it to the list `service::extensions`")
			assert.NoError(t, e.Shutdown(t.Context()))
		})
	}
}

func TestTheFirstDeliveryIsToldOnce(t *testing.T) {
	r := newRig(t, knownAgentsConfig(fixture.Listen(t).URL()), componenttest.NewNopHost())
	require.NoError(t, r.logs.ConsumeLogs(t.Context(), fixture.NewLogs("/a", "/b")))
	require.NoError(t, r.logs.ConsumeLogs(t.Context(), fixture.NewLogs("/c")))
	r.shutdown(t)
	told := r.observed.FilterMessage("The first visits are delivered.").All()
	require.Len(t, told, 1)
	assert.Equal(t, "known_agents", told[0].ContextMap()["destination"])
	assert.Positive(t, told[0].ContextMap()["visits"])
}
