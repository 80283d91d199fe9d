// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import (
	"encoding/json"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/config/configauth"
	"go.opentelemetry.io/collector/config/configopaque"
	"go.opentelemetry.io/collector/config/configoptional"
	"go.opentelemetry.io/collector/config/configretry"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/confmap/confmaptest"
	"go.opentelemetry.io/collector/exporter/exporterhelper"

	"github.com/agentvisits/agentvisitsexporter/internal/destination"
	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
	"github.com/agentvisits/agentvisitsexporter/internal/hops"
	"github.com/agentvisits/agentvisitsexporter/internal/selection"
	"github.com/agentvisits/agentvisitsexporter/internal/translate"
)

const secretForTests = "s3cret-of-the-test"

// TestSecretsAreNeverPrinted prints the configuration in each way in which a log
// line or a debugging page could.
func TestSecretsAreNeverPrinted(t *testing.T) {
	cfg := createDefaultConfig().(*Config)
	cfg.ClientConfig.Headers = configopaque.MapList{{Name: "X-Gateway-Key", Value: secretForTests}}
	cfg.KnownAgents = &destination.KnownAgentsConfig{AccessToken: secretForTests}
	cfg.Scrunch = &destination.ScrunchConfig{SiteID: fixture.SiteID, APIKey: secretForTests}

	for _, value := range []any{cfg, *cfg, cfg.KnownAgents, *cfg.KnownAgents, cfg.Scrunch, *cfg.Scrunch} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
			assert.NotContains(t, fmt.Sprintf(verb, value), secretForTests, "%s of %T", verb, value)
		}
		text, err := json.Marshal(value)
		require.NoError(t, err)
		assert.NotContains(t, string(text), secretForTests)
	}

	conf := confmap.New()
	require.NoError(t, conf.Marshal(cfg))
	assert.NotContains(t, fmt.Sprint(conf.ToStringMap()), secretForTests)
	assert.Equal(t, map[string]any{"access_token": "[REDACTED]"}, conf.Get("known_agents"))
}

// loadConfigs reads the exporters of a file below testdata/config, each by its
// name, as the Collector does: over the default configuration.
func loadConfigs(t *testing.T, file string) map[string]*loadedConfig {
	t.Helper()
	whole, err := confmaptest.LoadConf(filepath.Join("testdata", "config", file))
	require.NoError(t, err)
	configs := make(map[string]*loadedConfig)
	for name := range whole.ToStringMap() {
		conf, err := whole.Sub(name)
		require.NoError(t, err)
		cfg := createDefaultConfig().(*Config)
		configs[name] = &loadedConfig{Config: cfg, err: conf.Unmarshal(cfg)}
	}
	return configs
}

type loadedConfig struct {
	*Config
	err error // of unmarshalling
}

// exampleConfig is the default configuration with changes.
func exampleConfig(change func(*Config)) *Config {
	cfg := createDefaultConfig().(*Config)
	change(cfg)
	return cfg
}

// destinationOf is the destination of a valid configuration.
func destinationOf(cfg *Config) *destination.Destination {
	d, err := cfg.destination()
	if err != nil {
		panic(err)
	}
	return d
}

func TestDefaultsAreThoseOfTheDesign(t *testing.T) {
	cfg := createDefaultConfig().(*Config)

	assert.Empty(t, cfg.ClientConfig.Endpoint, "the vendor's own")
	assert.Equal(t, "https://api.knownagents.com", destination.KnownAgents(&destination.KnownAgentsConfig{}, nil, nil).Endpoint)
	assert.Equal(t, "https://webhooks.scrunchai.com", destination.Scrunch(&destination.ScrunchConfig{}).Endpoint)
	assert.Equal(t, 30*time.Second, cfg.ClientConfig.Timeout)
	assert.Equal(t, 10*time.Second, cfg.ClientConfig.HTTP2ReadIdleTimeout)
	assert.Equal(t, 5*time.Second, cfg.ClientConfig.HTTP2PingTimeout)
	assert.Empty(t, cfg.ClientConfig.Compression)
	assert.False(t, cfg.ClientConfig.TLS.Insecure)

	retry := configretry.NewDefaultBackOffConfig()
	retry.Enabled, retry.InitialInterval, retry.MaxInterval, retry.MaxElapsedTime = true, 5*time.Second, 30*time.Second, 0
	assert.Equal(t, retry, cfg.RetryConfig)

	queue := cfg.QueueConfig.Get()
	require.NotNil(t, queue)
	assert.Equal(t, exporterhelper.RequestSizerTypeBytes, queue.Sizer)
	assert.EqualValues(t, 67108864, queue.QueueSize)
	assert.Equal(t, 10, queue.NumConsumers)
	assert.False(t, queue.BlockOnOverflow)
	assert.False(t, queue.WaitForResult)
	assert.Nil(t, queue.StorageID)
	batch := queue.Batch.Get()
	require.NotNil(t, batch)
	assert.Equal(t, exporterhelper.RequestSizerTypeBytes, batch.Sizer)
	assert.Equal(t, 5*time.Second, batch.FlushTimeout)
	assert.EqualValues(t, 500_000, batch.MinSize)
	assert.EqualValues(t, 950_000, batch.MaxSize)
	assert.Empty(t, batch.Partition.MetadataKeys)

	assert.False(t, cfg.Backpressure)
	assert.Equal(t, translate.Config{Hops: hops.Config{Wait: 15 * time.Second, Memory: 64 << 20}}, cfg.Visits)
	assert.Nil(t, cfg.KnownAgents)
	assert.Nil(t, cfg.Scrunch)
}

func TestDefaultsUnmarshalToThemselves(t *testing.T) {
	conf := confmap.New()
	require.NoError(t, conf.Marshal(createDefaultConfig()))
	cfg := createDefaultConfig()
	require.NoError(t, conf.Unmarshal(cfg))
	assert.Equal(t, createDefaultConfig(), cfg)
}

func TestValidConfigs(t *testing.T) {
	storage := component.MustNewIDWithName("file_storage", "visits")
	for file, expected := range map[string]map[string]*Config{
		"minimal.yaml": {
			"agent_visits/known_agents": exampleConfig(func(c *Config) {
				c.KnownAgents = &destination.KnownAgentsConfig{AccessToken: "token-1"}
			}),
			"agent_visits/scrunch": exampleConfig(func(c *Config) {
				c.Scrunch = &destination.ScrunchConfig{SiteID: fixture.SiteID, APIKey: "key-1"}
			}),
			"agent_visits/auth": exampleConfig(func(c *Config) {
				c.ClientConfig.Auth = configoptional.Some(configauth.Config{AuthenticatorID: component.MustNewID("bearertokenauth")})
				c.KnownAgents = &destination.KnownAgentsConfig{}
			}),
		},
		"full.yaml": {
			"agent_visits/known_agents": exampleConfig(func(c *Config) {
				c.ClientConfig.Endpoint = "https://gateway.example.com/known-agents/"
				c.ClientConfig.Timeout = 10 * time.Second
				c.ClientConfig.Compression = "gzip"
				c.ClientConfig.Headers = configopaque.MapList{{Name: "X-Gateway", Value: "one"}}
				c.KnownAgents = &destination.KnownAgentsConfig{AccessToken: "token-1", Project: "shop"}
				queue := c.QueueConfig.Get()
				queue.NumConsumers, queue.QueueSize, queue.StorageID = 4, 2_000_000, &storage
				batch := queue.Batch.Get()
				batch.FlushTimeout, batch.MinSize, batch.MaxSize = time.Second, 1000, 131072
				c.RetryConfig.InitialInterval, c.RetryConfig.MaxInterval = time.Second, time.Minute
				c.RetryConfig.MaxElapsedTime = 15 * time.Minute
				c.Visits = translate.Config{
					Selection: selection.Config{
						StaticAssets: true, FrameworkInternals: true, HealthChecks: true,
						IncludePaths: []string{"/docs/**"}, ExcludePaths: []string{"/docs/{old,test}/**"},
						Hosts:    selection.HostsConfig{Include: []string{"example.com", "*.example.com"}, Exclude: []string{"test.example.com"}},
						Services: selection.ServicesConfig{Include: []string{"shop-*"}, Exclude: []string{"shop-test"}},
						Methods:  []string{"get", "HEAD"}, Statuses: []any{"2xx", 404},
					},
					Hops: hops.Config{InternalHops: true, Wait: time.Minute, Memory: 1 << 30},
					ClientIP: translate.ClientIPConfig{
						TrustedHeaders: []string{"CF-Connecting-IP"}, TrustedProxies: []string{"10.0.0.0/8", "2001:db8::1"},
					},
					Attributes: map[string][]string{"user_agent": {"request.meta.agent"}},
				}
			}),
			"agent_visits/scrunch": exampleConfig(func(c *Config) {
				c.ClientConfig.Endpoint = "http://127.0.0.1:8080"
				c.Scrunch = &destination.ScrunchConfig{SiteID: "01arz3ndektsv4rrffq69g5fav", APIKey: "key-1", Domain: "www.example.com"}
				c.Backpressure = true
				queue := c.QueueConfig.Get()
				queue.Sizer, queue.QueueSize, queue.BlockOnOverflow = exporterhelper.RequestSizerTypeItems, 20_000, true
				batch := queue.Batch.Get()
				batch.Sizer = exporterhelper.RequestSizerTypeItems // follows the queue's
				batch.FlushTimeout, batch.MinSize, batch.MaxSize = 10*time.Second, 100, 10_000
				c.RetryConfig.Enabled = false
			}),
			"agent_visits/no_queue": exampleConfig(func(c *Config) {
				c.ClientConfig.Endpoint = "http://collector.internal:8080"
				c.ClientConfig.TLS.Insecure = true
				c.KnownAgents = &destination.KnownAgentsConfig{AccessToken: "token-1"}
				c.Backpressure = true
				c.QueueConfig = configoptional.None[exporterhelper.QueueBatchConfig]()
			}),
		},
	} {
		configs := loadConfigs(t, file)
		assert.Len(t, configs, len(expected))
		for name, want := range expected {
			t.Run(file+"/"+name, func(t *testing.T) {
				require.NoError(t, configs[name].err)
				assert.Equal(t, want, configs[name].Config)
				assert.NoError(t, confmap.Validate(configs[name].Config))
			})
		}
	}
}

// wrapped is what the Collector's decoder writes before an error of Config.Unmarshal.
const wrapped = "decoding failed due to the following error(s):\n\n'' "

// TestInvalidConfigs compares every message with what stands beside the file. The
// Collector says the same of a configuration that cannot be read and of one that cannot work.
func TestInvalidConfigs(t *testing.T) {
	files, err := filepath.Glob("testdata/config/invalid_*.yaml")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			configs := loadConfigs(t, filepath.Base(file))
			var messages strings.Builder
			for _, name := range slices.Sorted(maps.Keys(configs)) {
				// The Collector adds its own words, which change from release to release.
				err := configs[name].err
				if err == nil {
					require.Error(t, confmap.Validate(configs[name].Config), name)
					err = configs[name].Validate()
				}
				require.Error(t, err, name)
				fmt.Fprintf(&messages, "== %s\n%s\n", name, strings.TrimPrefix(err.Error(), wrapped))
			}
			assert.NotContains(t, messages.String(), "s3cret")
			assert.NotContains(t, messages.String(), "31337")
			fixture.RequireFile(t, strings.TrimSuffix(file, ".yaml")+".txt", messages.String())
		})
	}
}

// TestDoubtfulConfigs compares each warning of a configuration that works.
func TestDoubtfulConfigs(t *testing.T) {
	configs := loadConfigs(t, "doubtful.yaml")
	var messages strings.Builder
	for _, name := range slices.Sorted(maps.Keys(configs)) {
		require.NoError(t, configs[name].err, name)
		require.NoError(t, confmap.Validate(configs[name].Config), name)
		fmt.Fprintf(&messages, "== %s\n", name)
		for _, doubt := range configs[name].check().Doubts() {
			fmt.Fprintln(&messages, doubt)
		}
	}
	fixture.RequireFile(t, "testdata/config/doubtful.txt", messages.String())
}

// TestCollectorRefuses shows that faults in the Collector's own blocks are refused as well.
// The words of these messages are the Collector's.
func TestCollectorRefuses(t *testing.T) {
	configs := loadConfigs(t, "refused_by_collector.yaml")
	names := map[string]string{"batch_smaller_than_its_least": "max_size", "requests_in_a_batch": "sizer", "waiting_with_storage": "wait_for_result"}
	assert.Len(t, configs, len(names))
	for name, key := range names {
		t.Run(name, func(t *testing.T) {
			require.NoError(t, configs[name].err)
			require.ErrorContains(t, confmap.Validate(configs[name].Config), key)
		})
	}
}

// TestAMaxSizeAloneTakesMinSizeWithIt: the default of min_size would be above it.
func TestAMaxSizeAloneTakesMinSizeWithIt(t *testing.T) {
	for batch, want := range map[string]int64{
		"{max_size: 200000}":                   200_000,
		"{max_size: 600000}":                   defaultMinBatchBytes,
		"{max_size: 200000, min_size: 100000}": 100_000,
		"{max_size: 1000, sizer: items}":       1000,
		"{flush_timeout: 1s}":                  defaultMinBatchBytes,
	} {
		t.Run(batch, func(t *testing.T) {
			cfg := createDefaultConfig().(*Config)
			require.NoError(t, parseYAML(t, "known_agents: {access_token: token-1}\nsending_queue: {batch: "+batch+"}").Unmarshal(cfg))
			require.NoError(t, confmap.Validate(cfg))
			assert.Equal(t, want, cfg.QueueConfig.Get().Batch.Get().MinSize)
		})
	}
}
