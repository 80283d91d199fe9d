// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import (
	"reflect"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/config/confighttp"
	"go.opentelemetry.io/collector/config/configoptional"
	"go.opentelemetry.io/collector/config/configretry"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/exporter/exporterhelper"

	"github.com/agentvisits/agentvisitsexporter/internal/blocks"
	"github.com/agentvisits/agentvisitsexporter/internal/delivery"
	"github.com/agentvisits/agentvisitsexporter/internal/destination"
	"github.com/agentvisits/agentvisitsexporter/internal/sites"
	"github.com/agentvisits/agentvisitsexporter/internal/translate"
	"github.com/agentvisits/agentvisitsexporter/internal/validation"
)

// Config is the configuration of one exporter, which delivers to one destination.
type Config struct {
	// ClientConfig holds the settings of the HTTP client. endpoint is the base
	// URL of the API without a path; by default it is the vendor's. timeout is
	// for one HTTP request and is 30s by default. compression is off by default,
	// because neither vendor documents that it reads compressed bodies. An HTTP/2
	// connection that is silent for 10s is asked for a sign of life, and replaced if
	// none comes within 5s. The field is not embedded, because Config would inherit
	// its Unmarshal and Marshal.
	ClientConfig confighttp.ClientConfig `mapstructure:",squash"`

	// QueueConfig is the queue in memory or on disk, and the batches. By default
	// the queue holds 64 MiB of visits and a batch is sent after 5s or when it
	// has 500 kB; no body is larger than 950 kB. With several sites batches are larger.
	QueueConfig configoptional.Optional[exporterhelper.QueueBatchConfig] `mapstructure:"sending_queue"`

	// RetryConfig is how failed requests are repeated. max_elapsed_time is 0 by
	// default, which is no limit.
	RetryConfig configretry.BackOffConfig `mapstructure:"retry_on_failure"`

	// Choice chooses the destination: exactly one of its blocks is set. It is
	// embedded, so that programs can write cfg.KnownAgents.
	destination.Choice `mapstructure:",squash"`

	// Backpressure returns an error to the pipeline when the queue is full, so
	// that receivers hold data back or refuse it. By default (false) the newest
	// visits are dropped and counted instead, because the pipeline usually has
	// other exporters that must not suffer. Set it to true in pipelines that
	// serve visits alone.
	Backpressure bool `mapstructure:"backpressure"`

	// MaxSitesInMetrics is up to how many sites otelcol_exporter_agent_visits_by_site tells
	// them apart; with more there is no such metric. It is 20 by default; 0 is never.
	MaxSitesInMetrics int `mapstructure:"max_sites_in_metrics"`

	// Visits says which telemetry becomes a visit, and which parts of it leave.
	Visits translate.Config `mapstructure:"visits"`
}

type (
	// KnownAgentsConfig is the block known_agents, for programs that build a Config.
	KnownAgentsConfig = destination.KnownAgentsConfig
	// ScrunchConfig is the block scrunch.
	ScrunchConfig = destination.ScrunchConfig
	// VisitsConfig is the block visits.
	VisitsConfig = translate.Config
)

var (
	_ component.Config    = (*Config)(nil)
	_ confmap.Unmarshaler = (*Config)(nil)
	_ confmap.Validator   = (*Config)(nil)
)

// The sizes of the default queue, whose sizer is bytes.
const (
	defaultQueueBytes    = 64 << 20
	defaultMinBatchBytes = 500_000
	defaultMaxBatchBytes = 950_000
)

const defaultMaxSitesInMetrics = 20

// createDefaultConfig is the configuration that users change in part.
func createDefaultConfig() component.Config {
	client := confighttp.NewDefaultClientConfig()
	client.Timeout = 30 * time.Second
	// Without health checks a connection that went silent would be used until the
	// kernel gives it up, and HTTP/2 has one connection for all requests.
	client.HTTP2ReadIdleTimeout, client.HTTP2PingTimeout = 10*time.Second, 5*time.Second
	client.WriteBufferSize = 512 << 10 // as in otlp_http: a body takes two system calls instead of twenty

	queue := exporterhelper.NewDefaultQueueConfig()
	// Go keeps two idle connections, and makes the others anew for each request. Newer
	// Collectors have no such field in this place.
	if keeps := reflect.ValueOf(&client).Elem().FieldByName("MaxIdleConnsPerHost"); keeps.IsValid() {
		keeps.SetInt(int64(queue.NumConsumers))
	}
	queue.Sizer = exporterhelper.RequestSizerTypeBytes
	queue.QueueSize = defaultQueueBytes
	batch := queue.Batch.GetOrInsertDefault()
	batch.Sizer = exporterhelper.RequestSizerTypeBytes
	batch.FlushTimeout = 5 * time.Second
	batch.MinSize = defaultMinBatchBytes
	batch.MaxSize = defaultMaxBatchBytes

	retry := configretry.NewDefaultBackOffConfig()
	retry.MaxElapsedTime = 0

	return &Config{ClientConfig: client, QueueConfig: configoptional.Some(queue), RetryConfig: retry, MaxSitesInMetrics: defaultMaxSitesInMetrics, Visits: translate.DefaultConfig()}
}

// Unmarshal refuses unknown keys and values of another type. The Collector does so too, but
// with sentences of its decoder, one fault at a time, and its newer versions ignore unknown
// keys in a block that also holds the settings of an HTTP client.
// A max_size of batches that is set alone takes min_size with it. With several sites, batches
// are large if nothing of them is set.
func (c *Config) Unmarshal(conf *confmap.Conf) error {
	if err := blocks.Decode(conf, c); err != nil {
		return err
	}
	blocks.FitMinSize(&c.QueueConfig, conf)
	if c.sites() != nil {
		blocks.GatherForSites(&c.QueueConfig, conf)
	}
	return nil
}

// withoutTexts hides what an HTTP client that cannot be made shows of its configuration.
func (c *Config) withoutTexts(err error) error {
	tls := c.ClientConfig.TLS
	return blocks.HideTexts(err, tls.CAFile, tls.CertFile, tls.KeyFile, c.ClientConfig.ProxyURL)
}

// Validate reports all faults at once.
func (c *Config) Validate() error { return c.check().Err() }

// check collects the faults and the doubts.
func (c *Config) check() validation.Faults {
	f := validation.NewFaults()
	c.CheckDestination(f, c.ClientConfig.Auth.HasValue())
	sites.Check(f, c.sites())
	blocks.Endpoint(f, c.ClientConfig.Endpoint, c.APIPath(), c.ClientConfig.TLS.Insecure)
	blocks.Proxy(f, c.ClientConfig.ProxyURL)
	blocks.Headers(f, c.ClientConfig.Headers, c.SecretHeaders())
	if c.ClientConfig.Timeout <= 0 {
		f.Add("timeout", "is %s: an API that never answers would hold its visits for ever; set it to 30s, for example", c.ClientConfig.Timeout)
	}
	blocks.Duration(f, "timeout", c.ClientConfig.Timeout, "30s", "no API answers in that time, so that nothing would ever be delivered")
	if c.ClientConfig.Compression.IsCompressed() {
		f.Doubt("compression", "is %s, and neither API documents that it reads compressed bodies: remove it, unless what stands at `endpoint` decompresses them", c.ClientConfig.Compression)
	}
	blocks.Retry(f.In("retry_on_failure"), c.RetryConfig, delivery.MaxRetryAfter)
	blocks.Queue(f.In("sending_queue"), c.QueueConfig, blocks.QueueLimits{
		Retries:      c.RetryConfig.Enabled,
		Backpressure: c.Backpressure,
		DefaultBytes: defaultQueueBytes,
		BodyBytes:    destination.MaxBodyBytes,
		Sites:        c.sites() != nil,
	})
	if c.MaxSitesInMetrics < 0 {
		f.Add("max_sites_in_metrics", "is %d: set it to a number of sites, or to 0 for no metric by site", c.MaxSitesInMetrics)
	}
	c.Visits.Check(f.In("visits"))
	return f
}

// checkExtensions reports the extensions that the configuration names and that do not run.
func (c *Config) checkExtensions(running blocks.Extensions) error {
	f := validation.NewFaults()
	if queue := c.QueueConfig.Get(); queue != nil && queue.StorageID != nil {
		running.CheckStorage(f.In("sending_queue"), "storage", *queue.StorageID)
	}
	if auth := c.ClientConfig.Auth.Get(); auth != nil {
		running.Check(f.In("auth"), "authenticator", auth.AuthenticatorID)
	}
	for _, middleware := range c.ClientConfig.Middlewares {
		running.Check(f.In("middlewares"), "id", middleware.ID)
	}
	return f.Err()
}

// destination is the chosen one, with the headers that users add. It fails if none or
// two are chosen, which Validate reports first.
func (c *Config) destination() (*destination.Destination, error) {
	return c.Destination(c.Visits.Privacy.Headers.Added())
}

// sites are those of the destination, or nil if it has one alone.
func (c *Config) sites() *destination.Sites { return c.Sites(c.Visits.Privacy.Headers.Added()) }
