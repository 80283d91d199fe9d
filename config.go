// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/config/confighttp"
	"go.opentelemetry.io/collector/config/configopaque"
	"go.opentelemetry.io/collector/config/configoptional"
	"go.opentelemetry.io/collector/config/configretry"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/exporter/exporterhelper"
)

// Config is the configuration of one exporter. One exporter delivers to one
// destination: exactly one of known_agents and scrunch is set.
type Config struct {
	// ClientConfig holds the settings of the HTTP client. endpoint is the base
	// URL of the API without a path; by default it is the vendor's. timeout is
	// for one HTTP request and is 30s by default. compression is off by default,
	// because neither vendor documents that it reads compressed bodies. The field
	// is not embedded, or its Unmarshal and Marshal would count as those of Config.
	ClientConfig confighttp.ClientConfig `mapstructure:",squash"`

	// QueueConfig is the queue in memory or on disk, and the batches. By default
	// the queue holds 64 MiB of visits and a batch is sent after 5s or when it
	// has 500 kB; a batch is never larger than 950 kB.
	QueueConfig configoptional.Optional[exporterhelper.QueueBatchConfig] `mapstructure:"sending_queue"`

	// RetryConfig is how failed requests are repeated. max_elapsed_time is 0 by
	// default: a visit is kept until it is delivered or the queue is full.
	RetryConfig configretry.BackOffConfig `mapstructure:"retry_on_failure"`

	// KnownAgents makes this exporter deliver to Known Agents. It is a pointer,
	// as Scrunch is, because what stands in a configoptional.Optional is printed
	// in clear by fmt, secrets included.
	KnownAgents *KnownAgentsConfig `mapstructure:"known_agents"`

	// Scrunch makes this exporter deliver to Scrunch.
	Scrunch *ScrunchConfig `mapstructure:"scrunch"`

	// Backpressure returns an error to the pipeline when the queue is full, so
	// that receivers hold data back or refuse it. By default (false) the newest
	// visits are dropped and counted instead, because the pipeline usually has
	// other exporters that must not suffer. Set it to true in pipelines that
	// serve visits alone.
	Backpressure bool `mapstructure:"backpressure"`

	// Visits says which telemetry becomes a visit.
	Visits VisitsConfig `mapstructure:"visits"`
}

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

var (
	_ component.Config    = (*Config)(nil)
	_ confmap.Unmarshaler = (*Config)(nil)
	_ confmap.Validator   = (*Config)(nil)
)

// The numbers of the default queue, which are for its default sizer: bytes.
const (
	defaultQueueBytes    = 64 << 20
	defaultMinBatchBytes = 500_000
	defaultMaxBatchBytes = 950_000
)

// createDefaultConfig is the configuration of which users set a part.
func createDefaultConfig() component.Config {
	client := confighttp.NewDefaultClientConfig()
	client.Timeout = 30 * time.Second
	client.WriteBufferSize = 512 << 10 // as otlp_http: a body takes two system calls instead of twenty

	queue := exporterhelper.NewDefaultQueueConfig()
	queue.Sizer = exporterhelper.RequestSizerTypeBytes
	queue.QueueSize = defaultQueueBytes
	batch := queue.Batch.GetOrInsertDefault()
	batch.Sizer = exporterhelper.RequestSizerTypeBytes
	batch.FlushTimeout = 5 * time.Second
	batch.MinSize = defaultMinBatchBytes
	batch.MaxSize = defaultMaxBatchBytes

	retry := configretry.NewDefaultBackOffConfig()
	retry.MaxElapsedTime = 0

	return &Config{ClientConfig: client, QueueConfig: configoptional.Some(queue), RetryConfig: retry}
}

// Unmarshal refuses unknown keys. The Collector does so too, but newer versions
// of it ignore them where the settings of an HTTP client stand beside others.
func (c *Config) Unmarshal(conf *confmap.Conf) error {
	if err := conf.Unmarshal(c); err != nil {
		return err
	}
	if unknown := unknownKeys(reflect.TypeFor[Config](), conf.ToStringMap(), ""); len(unknown) > 0 {
		slices.Sort(unknown)
		return fmt.Errorf("unknown keys: `%s`; check their spelling", strings.Join(unknown, "`, `"))
	}
	return nil
}

// unknownKeys are the given keys that a struct of the configuration, or one
// within it, does not have. What unmarshals itself is left to itself.
func unknownKeys(of reflect.Type, given map[string]any, above string) (unknown []string) {
	known := keysOf(of)
	for key, value := range given {
		field, ok := known[key]
		if !ok {
			unknown = append(unknown, above+key)
			continue
		}
		if field.Kind() == reflect.Pointer {
			field = field.Elem()
		}
		inner, isMap := value.(map[string]any)
		if isMap && field.Kind() == reflect.Struct && !reflect.PointerTo(field).Implements(reflect.TypeFor[confmap.Unmarshaler]()) {
			unknown = append(unknown, unknownKeys(field, inner, above+key+confmap.KeyDelimiter)...)
		}
	}
	return unknown
}

// keysOf are the YAML keys of a struct with the types of their fields.
func keysOf(of reflect.Type) map[string]reflect.Type {
	keys := make(map[string]reflect.Type)
	for i := range of.NumField() {
		f := of.Field(i)
		name, mode, _ := strings.Cut(f.Tag.Get(confmap.MapstructureTag), ",")
		if mode == "squash" {
			maps.Copy(keys, keysOf(f.Type))
		} else {
			keys[name] = f.Type
		}
	}
	return keys
}

// destination is the one that is configured.
func (c *Config) destination() *destination {
	if c.KnownAgents != nil {
		return knownAgents(c.KnownAgents)
	}
	return scrunch(c.Scrunch)
}
