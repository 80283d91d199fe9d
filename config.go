// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import (
	"errors"
	"net/http"
	"reflect"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/config/confighttp"
	"go.opentelemetry.io/collector/config/configoptional"
	"go.opentelemetry.io/collector/config/configretry"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/exporter/exporterhelper"

	"github.com/agentvisits/agentvisitsexporter/internal/delivery"
	"github.com/agentvisits/agentvisitsexporter/internal/destination"
	"github.com/agentvisits/agentvisitsexporter/internal/translate"
	"github.com/agentvisits/agentvisitsexporter/internal/validation"
)

// Config is the configuration of one exporter. One exporter delivers to one
// destination: exactly one of known_agents and scrunch is set.
type Config struct {
	// ClientConfig holds the settings of the HTTP client. endpoint is the base
	// URL of the API without a path; by default it is the vendor's. timeout is
	// for one HTTP request and is 30s by default. compression is off by default,
	// because neither vendor documents that it reads compressed bodies. The field
	// is not embedded, because Config would inherit its Unmarshal and Marshal.
	ClientConfig confighttp.ClientConfig `mapstructure:",squash"`

	// QueueConfig is the queue in memory or on disk, and the batches. By default
	// the queue holds 64 MiB of visits and a batch is sent after 5s or when it
	// has 500 kB; a batch is never larger than 950 kB.
	QueueConfig configoptional.Optional[exporterhelper.QueueBatchConfig] `mapstructure:"sending_queue"`

	// RetryConfig is how failed requests are repeated. max_elapsed_time is 0 by
	// default: a visit is kept until it is delivered or the queue is full.
	RetryConfig configretry.BackOffConfig `mapstructure:"retry_on_failure"`

	// KnownAgents makes this exporter deliver to Known Agents. It is a pointer,
	// like Scrunch, because fmt prints what is in a configoptional.Optional in the
	// clear, secrets included.
	KnownAgents *destination.KnownAgentsConfig `mapstructure:"known_agents"`

	// Scrunch makes this exporter deliver to Scrunch.
	Scrunch *destination.ScrunchConfig `mapstructure:"scrunch"`

	// Backpressure returns an error to the pipeline when the queue is full, so
	// that receivers hold data back or refuse it. By default (false) the newest
	// visits are dropped and counted instead, because the pipeline usually has
	// other exporters that must not suffer. Set it to true in pipelines that
	// serve visits alone.
	Backpressure bool `mapstructure:"backpressure"`

	// Visits says which telemetry becomes a visit, and which parts of it leave.
	Visits translate.Config `mapstructure:"visits"`
}

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

// createDefaultConfig is the configuration that users change in part.
func createDefaultConfig() component.Config {
	client := confighttp.NewDefaultClientConfig()
	client.Timeout = 30 * time.Second
	client.WriteBufferSize = 512 << 10 // as in otlp_http: a body takes two system calls instead of twenty

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

// Unmarshal refuses unknown keys. The Collector does so too, but its newer versions
// ignore them in a block that also holds the settings of an HTTP client.
func (c *Config) Unmarshal(conf *confmap.Conf) error {
	if err := conf.Unmarshal(c); err != nil {
		return err
	}
	return validation.UnknownKeys(reflect.TypeFor[Config](), conf.ToStringMap())
}

// Validate reports all faults at once.
func (c *Config) Validate() error {
	f := validation.NewFaults()
	c.checkDestinations(f)
	validation.Endpoint(f, c.ClientConfig.Endpoint, c.apiPath(), c.ClientConfig.TLS.Insecure)
	validation.Proxy(f, c.ClientConfig.ProxyURL)
	validation.Headers(f.In("headers"), c.ClientConfig.Headers, c.secretHeaders())
	if c.ClientConfig.Timeout <= 0 {
		f.Add("timeout", "is %s: an API that never answers would hold its visits for ever; set it to 30s, for example", c.ClientConfig.Timeout)
	}
	validation.Retry(f.In("retry_on_failure"), c.RetryConfig, delivery.MaxRetryAfter)
	validation.Queue(f.In("sending_queue"), c.QueueConfig, validation.QueueLimits{
		Retries:      c.RetryConfig.Enabled,
		Backpressure: c.Backpressure,
		DefaultBytes: defaultQueueBytes,
		BodyBytes:    destination.MaxBodyBytes,
	})
	c.Visits.Check(f.In("visits"))
	return f.Err()
}

var (
	errNoDestination   = errors.New("no destination is set: set `known_agents::access_token`, or `scrunch::site_id` and `scrunch::api_key`")
	errTwoDestinations = errors.New("`known_agents` and `scrunch` are both set: one exporter delivers to one destination; make it two, such as agent_visits/known_agents and agent_visits/scrunch")
)

func (c *Config) checkDestinations(f validation.Faults) {
	if _, err := c.destination(); err != nil {
		f.AddError(err)
	}
	hasExtension := c.ClientConfig.Auth.HasValue()
	if c.KnownAgents != nil {
		c.KnownAgents.Check(f.In("known_agents"), hasExtension)
	}
	if c.Scrunch != nil {
		c.Scrunch.Check(f.In("scrunch"), hasExtension)
	}
}

// apiPath is what follows the endpoint. It is empty if no destination is set.
func (c *Config) apiPath() string {
	for _, d := range c.destinations() {
		return d.Path
	}
	return ""
}

// secretHeaders are the headers that hold a secret of the exporter, each with the
// secret's YAML key.
func (c *Config) secretHeaders() map[string]string {
	secretOf := make(map[string]string)
	for _, d := range c.destinations() {
		if d.Authorize == nil {
			continue
		}
		set := make(http.Header)
		d.Authorize(set)
		for name := range set {
			secretOf[name] = d.SecretKey
		}
	}
	return secretOf
}

// destination is the one that is configured. Without one, or with two, it is an
// error.
func (c *Config) destination() (*destination.Destination, error) {
	switch all := c.destinations(); len(all) {
	case 0:
		return nil, errNoDestination
	case 1:
		return all[0], nil
	}
	return nil, errTwoDestinations
}

// destinations are all that are set.
func (c *Config) destinations() (all []*destination.Destination) {
	if c.KnownAgents != nil {
		request, response := c.Visits.Privacy.Headers.Added()
		all = append(all, destination.KnownAgents(c.KnownAgents, request, response))
	}
	if c.Scrunch != nil {
		all = append(all, destination.Scrunch(c.Scrunch))
	}
	return all
}
