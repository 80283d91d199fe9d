// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import (
	"errors"
	"fmt"
	"net"
	"net/url"
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
	// because neither vendor documents that it reads compressed bodies.
	confighttp.ClientConfig `mapstructure:",squash"`

	// QueueConfig is the queue in memory or on disk, and the batches. By default
	// the queue holds 64 MiB of visits and a batch is sent after 5s or when it
	// has 500 kB; a batch is never larger than 950 kB.
	QueueConfig configoptional.Optional[exporterhelper.QueueBatchConfig] `mapstructure:"sending_queue"`

	// RetryConfig is how failed requests are repeated. max_elapsed_time is 0 by
	// default: a visit is kept until it is delivered or the queue is full.
	RetryConfig configretry.BackOffConfig `mapstructure:"retry_on_failure"`

	// KnownAgents makes this exporter deliver to Known Agents.
	KnownAgents configoptional.Optional[KnownAgentsConfig] `mapstructure:"known_agents"`

	// Scrunch makes this exporter deliver to Scrunch.
	Scrunch configoptional.Optional[ScrunchConfig] `mapstructure:"scrunch"`

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
	// selects the site. Required, unless auth is set.
	AccessToken configopaque.String `mapstructure:"access_token"`
}

// ScrunchConfig is the access to Scrunch.
type ScrunchConfig struct {
	// SiteID is the site's id, a ULID of 26 characters, from the dashboard's page
	// for the custom integration. Required.
	SiteID string `mapstructure:"site_id"`
	// APIKey is the site's key, from the same page. Required, unless auth is set.
	APIKey configopaque.String `mapstructure:"api_key"`
	// Domain is the site's domain, such as example.com. By default it is the host
	// of each visit; access logs that hold no host need it.
	Domain string `mapstructure:"domain"`
}

// VisitsConfig says which requests count as visits although they fetch no page
// for a visitor. All are false by default.
type VisitsConfig struct {
	// StaticAssets includes images, style sheets, scripts, fonts and the like.
	StaticAssets bool `mapstructure:"static_assets"`
	// FrameworkInternals includes paths that frameworks keep to themselves, such
	// as /_next/ and /wp-admin.
	FrameworkInternals bool `mapstructure:"framework_internals"`
	// HealthChecks includes probes of load balancers and orchestrators.
	HealthChecks bool `mapstructure:"health_checks"`
	// InternalHops includes server spans whose caller is another span of the same
	// payload, which is one service of yours calling another.
	InternalHops bool `mapstructure:"internal_hops"`
}

// The bounds of sending_queue::batch::max_size in bytes: the API's limit for a
// body, and two of the largest visits.
const (
	maxBatchBytes = maxBodyBytes
	minBatchBytes = 2 * maxVisitBytes
)

var (
	_ component.Config  = (*Config)(nil)
	_ confmap.Validator = (*Config)(nil)
	_ confmap.Validator = (*KnownAgentsConfig)(nil)
	_ confmap.Validator = (*ScrunchConfig)(nil)
)

// createDefaultConfig is the configuration of which users set a part.
func createDefaultConfig() component.Config {
	client := confighttp.NewDefaultClientConfig()
	client.Timeout = 30 * time.Second

	queue := exporterhelper.NewDefaultQueueConfig()
	queue.Sizer = exporterhelper.RequestSizerTypeBytes
	queue.QueueSize = 64 << 20
	queue.Batch = configoptional.Some(exporterhelper.BatchConfig{
		Sizer:        exporterhelper.RequestSizerTypeBytes,
		FlushTimeout: 5 * time.Second,
		MinSize:      500_000,
		MaxSize:      950_000,
	})

	retry := configretry.NewDefaultBackOffConfig()
	retry.MaxElapsedTime = 0

	return &Config{ClientConfig: client, QueueConfig: configoptional.Some(queue), RetryConfig: retry}
}

// Validate reports all faults at once. Each message names the YAML key, what
// was found there unless it is a secret, and the remedy.
func (c *Config) Validate() error {
	return errors.Join(c.validateDestination(), c.validateEndpoint(), c.validateQueue())
}

func (c *Config) validateDestination() error {
	ka, sc := c.KnownAgents.HasValue(), c.Scrunch.HasValue()
	switch {
	case ka && sc:
		return errors.New("`known_agents` and `scrunch` are both set: one exporter delivers to one destination; use two, such as agent_visits/known_agents and agent_visits/scrunch")
	case !ka && !sc:
		return errors.New("no destination: set `known_agents` with its `access_token`, or `scrunch` with its `site_id` and `api_key`")
	case ka && c.KnownAgents.Get().AccessToken == "" && !c.Auth.HasValue():
		return emptySecret("known_agents::access_token", "KNOWN_AGENTS_ACCESS_TOKEN")
	case sc && c.Scrunch.Get().APIKey == "" && !c.Auth.HasValue():
		return emptySecret("scrunch::api_key", "SCRUNCH_API_KEY")
	}
	return nil
}

func emptySecret(key, variable string) error {
	return fmt.Errorf("`%s` is empty: set it, for example to ${env:%s}, and see that the variable is set where the Collector runs", key, variable)
}

// Validate checks the token's form. That it is there, Config checks.
func (c *KnownAgentsConfig) Validate() error {
	return validateSecret("access_token", string(c.AccessToken))
}

// Validate checks the forms of site id, key and domain.
func (c *ScrunchConfig) Validate() error {
	return errors.Join(validateSiteID(c.SiteID), validateSecret("api_key", string(c.APIKey)), validateDomain(c.Domain))
}

// validateSecret never shows the secret.
func validateSecret(key, secret string) error {
	switch {
	case secret == "":
		return nil
	case strings.TrimSpace(secret) == "":
		return fmt.Errorf("`%s` is blank: set it to the value from the vendor's dashboard", key)
	case strings.Contains(secret, "${"):
		return fmt.Errorf("`%s` holds an unexpanded ${...}: write ${env:NAME} and set that variable where the Collector runs", key)
	}
	for _, c := range secret {
		if c <= ' ' || c >= 0x7f {
			return fmt.Errorf("`%s` holds a space, line break or other character that no HTTP header can carry: look for a line break at the end of the file or variable it comes from", key)
		}
	}
	return nil
}

func validateSiteID(id string) error {
	switch {
	case id == "":
		return errors.New("`site_id` is empty: set it to the site's id from Scrunch's dashboard, for example to ${env:SCRUNCH_SITE_ID}, and see that the variable is set where the Collector runs")
	case !isULID(id):
		return fmt.Errorf("`site_id` is %q, which is no ULID (26 letters and digits such as 01ARZ3NDEKTSV4RRFFQ69G5FAV): copy it from Scrunch's dashboard", shorten(id))
	}
	return nil
}

// isULID tells a Universally Unique Lexicographically Sortable Identifier: 26
// characters of Crockford's base 32, the first at most 7.
func isULID(s string) bool {
	const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
	return len(s) == 26 && s[0] <= '7' && strings.Trim(strings.ToUpper(s), alphabet) == ""
}

func validateDomain(domain string) error {
	if domain == "" || hostOf(domain) == domain && domainOf(domain) == domain {
		return nil
	}
	return fmt.Errorf("`domain` is %q: write the site's domain alone, in lower case, without scheme, port and path, such as example.com", shorten(domain))
}

// shorten keeps a wrong value from filling a message.
func shorten(s string) string {
	if len(s) > 64 {
		return s[:64] + "..."
	}
	return s
}

func (c *Config) validateEndpoint() error {
	if c.Endpoint == "" {
		return nil
	}
	u, err := url.Parse(c.Endpoint)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https":
		return fmt.Errorf("`endpoint` is no http or https URL: write the API's base URL, such as %q", "https://api.knownagents.com")
	case u.User != nil:
		return errors.New("`endpoint` holds a user name or password: remove it; the secret goes into `known_agents::access_token` or `scrunch::api_key`")
	case u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return fmt.Errorf("`endpoint` is %q: remove the query and the fragment", shorten(u.Scheme+"://"+u.Host+u.Path+"?..."))
	case u.Scheme == "http" && !isLoopback(u.Hostname()) && !c.TLS.Insecure:
		return fmt.Errorf("`endpoint` is %q, which would send the secret and the visits unencrypted: use https, or set `tls::insecure` to true to allow it", shorten(u.Scheme+"://"+u.Host))
	}
	return nil
}

func isLoopback(name string) bool {
	ip := net.ParseIP(name)
	return strings.EqualFold(name, "localhost") || ip != nil && ip.IsLoopback()
}

func (c *Config) validateQueue() error {
	if !c.QueueConfig.HasValue() {
		return nil
	}
	queue := c.QueueConfig.Get()
	var errs []error
	if queue.StorageID != nil && !c.RetryConfig.Enabled {
		errs = append(errs, errors.New("`sending_queue::storage` is set and `retry_on_failure::enabled` is false: a failed batch would be deleted from the disk; set `retry_on_failure::enabled` to true"))
	}
	if queue.Batch.HasValue() && queue.Batch.Get().Sizer == exporterhelper.RequestSizerTypeBytes {
		errs = append(errs, validateBatchSize(queue))
	}
	return errors.Join(errs...)
}

func validateBatchSize(queue *exporterhelper.QueueBatchConfig) error {
	size := queue.Batch.Get().MaxSize
	switch {
	case size > maxBatchBytes || size == 0:
		return fmt.Errorf("`sending_queue::batch::max_size` is %d: the APIs take bodies of at most %d bytes; set it to that or less", size, maxBatchBytes)
	case size < minBatchBytes:
		return fmt.Errorf("`sending_queue::batch::max_size` is %d: a visit can have %d bytes; set it to %d or more", size, maxVisitBytes, minBatchBytes)
	case queue.Sizer == exporterhelper.RequestSizerTypeBytes && size > queue.QueueSize:
		return fmt.Errorf("`sending_queue::batch::max_size` (%d) is larger than `sending_queue::queue_size` (%d): make the queue larger, at least two batches", size, queue.QueueSize)
	}
	return nil
}

// destination is the one that is configured.
func (c *Config) destination() *destination {
	if c.KnownAgents.HasValue() {
		return knownAgents(c.KnownAgents.Get())
	}
	return scrunch(c.Scrunch.Get())
}
