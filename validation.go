// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import (
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"

	"go.opentelemetry.io/collector/exporter/exporterhelper"
)

// faults are what is wrong with a configuration. Each names the YAML key as it
// is written below the exporter, what was found there unless it may be a
// secret, and the remedy.
type faults []error

func (f *faults) add(format string, args ...any) {
	*f = append(*f, fmt.Errorf(format, args...))
}

// Error puts each of several faults on a line of its own.
func (f faults) Error() string {
	if len(f) == 1 {
		return f[0].Error()
	}
	var text strings.Builder
	fmt.Fprintf(&text, "%d faults:", len(f))
	for _, fault := range f {
		text.WriteString("\n  " + fault.Error())
	}
	return text.String()
}

func (f faults) Unwrap() []error { return f }

// Validate reports all faults at once.
func (c *Config) Validate() error {
	var f faults
	f.inDestination(c)
	f.inEndpoint(c)
	f.inProxy(c.ClientConfig.ProxyURL)
	f.inHeaders(c)
	if c.ClientConfig.Timeout <= 0 {
		f.add("`timeout` is %s: an API that never answers would hold its visits for ever; set it to 30s, for example", c.ClientConfig.Timeout)
	}
	f.inRetry(c)
	f.inQueue(c)
	f.inVisits(&c.Visits)
	if len(f) == 0 {
		return nil
	}
	return f
}

func (f *faults) inDestination(c *Config) {
	switch {
	case c.KnownAgents != nil && c.Scrunch != nil:
		f.add("`known_agents` and `scrunch` are both set: one exporter delivers to one destination; make it two, such as agent_visits/known_agents and agent_visits/scrunch")
	case c.KnownAgents == nil && c.Scrunch == nil:
		f.add("no destination is set: set `known_agents::access_token`, or `scrunch::site_id` and `scrunch::api_key`")
	}
	if c.KnownAgents != nil {
		f.inSecretOrFile("known_agents::access_token", "KNOWN_AGENTS_ACCESS_TOKEN", string(c.KnownAgents.AccessToken), c.KnownAgents.AccessTokenFile, c)
	}
	if c.Scrunch != nil {
		f.inSiteID(c.Scrunch.SiteID, string(c.Scrunch.APIKey))
		f.inSecretOrFile("scrunch::api_key", "SCRUNCH_API_KEY", string(c.Scrunch.APIKey), c.Scrunch.APIKeyFile, c)
		f.inDomain(c.Scrunch.Domain)
	}
}

// inSecret never shows the secret. It may be absent if an authentication
// extension is there to add one.
func (f *faults) inSecret(key, variable, secret string, c *Config) {
	switch {
	case secret == "" && !c.ClientConfig.Auth.HasValue():
		f.add("`%s` is empty: set it, for example to ${env:%s}, and see that this variable is set where the Collector runs", key, variable)
	case secret == "":
	case strings.TrimSpace(secret) == "":
		f.add("`%s` is blank: set it, for example to ${env:%s}, and see what this variable holds where the Collector runs", key, variable)
	case isPlaceholder(secret):
		f.add("`%s` holds a placeholder instead of a secret: write ${env:%s}, for example, and set this variable where the Collector runs", key, variable)
	case hasPrefixFold(secret, "bearer "):
		f.add("`%s` starts with the word Bearer: write the secret alone", key)
	case strings.ContainsAny(secret[:1]+secret[len(secret)-1:], `"'`):
		f.add("`%s` holds a quotation mark at its start or end: remove it where the value comes from; some tools keep the quotation marks of an environment file", key)
	case strings.ContainsFunc(secret, notVisible):
		f.add("`%s` holds a space, a line break or another character that a secret cannot have: look for one at the start or end of the file or variable that it comes from", key)
	}
}

// isPlaceholder tells what a template or an example has in a secret's place.
func isPlaceholder(s string) bool {
	return strings.Contains(s, "${") || strings.Contains(s, "{{") || s[0] == '$' || s[0] == '<' && s[len(s)-1] == '>'
}

func hasPrefixFold(s, prefix string) bool {
	return len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix)
}

func notVisible(r rune) bool { return r <= ' ' || r > '~' }

// inSiteID shows the value only if it can hardly be the key.
func (f *faults) inSiteID(id, key string) {
	switch {
	case id == "":
		f.add("`scrunch::site_id` is empty: set it to the site's id from Scrunch's dashboard, for example to ${env:SCRUNCH_SITE_ID}, and see that this variable is set where the Collector runs")
	case isULID(id):
	case isULID(key):
		f.add("`scrunch::site_id` is no ULID, but `scrunch::api_key` is one: exchange the two")
	case len(id) == ulidLength:
		f.add("`scrunch::site_id` is %q, which is no ULID (26 letters and digits, such as 01ARZ3NDEKTSV4RRFFQ69G5FAV): copy the site's id from Scrunch's dashboard", id)
	default:
		f.add("`scrunch::site_id` is a text of %d characters and no ULID (26 letters and digits, such as 01ARZ3NDEKTSV4RRFFQ69G5FAV): copy the site's id from Scrunch's dashboard; the key goes into `scrunch::api_key`", len(id))
	}
}

const ulidLength = 26

// isULID tells a Universally Unique Lexicographically Sortable Identifier: 26
// characters of Crockford's base 32, the first at most 7.
func isULID(s string) bool {
	const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
	return len(s) == ulidLength && s[0] <= '7' && strings.Trim(strings.ToUpper(s), alphabet) == ""
}

func (f *faults) inDomain(domain string) {
	if domain != "" && (hostOf(domain) != domain || siteName(domain) != domain) {
		f.add("`scrunch::domain` is %q: write the site's domain alone, in lower case, without scheme, port and path, such as example.com", shorten(domain))
	}
}

// shorten keeps a wrong value from filling a message.
func shorten(s string) string {
	if len(s) > 80 {
		return s[:80] + "..."
	}
	return s
}

func (f *faults) inEndpoint(c *Config) {
	endpoint := c.ClientConfig.Endpoint
	if endpoint == "" {
		return
	}
	u, err := url.Parse(endpoint)
	if err != nil || u.Hostname() == "" || u.Scheme != "http" && u.Scheme != "https" {
		f.add("`endpoint` is %q, which is no http or https URL: write the base URL of the API, such as https://api.knownagents.com, or leave it out", withoutSecrets(endpoint))
		return
	}
	base, where := u.Scheme+"://"+u.Host, shorten(u.Scheme+"://"+u.Host+u.Path)
	if u.User == nil {
		where = withoutSecrets(endpoint)
	} else {
		f.add("`endpoint` has a user name or password before %q: remove it; the secret goes into `known_agents::access_token` or `scrunch::api_key`", shorten(u.Host))
	}
	if u.RawQuery != "" || u.ForceQuery || strings.Contains(endpoint, "#") {
		f.add("`endpoint` has a query or fragment after %q: remove it", where)
	}
	if u.Scheme == "http" && !isLoopback(u.Hostname()) && !c.ClientConfig.TLS.Insecure {
		f.add("`endpoint` is %q, which would send the secret and the visits unencrypted: write https, or set `tls::insecure` to true to allow it", where)
	}
	if c.KnownAgents == nil && c.Scrunch == nil {
		return
	}
	path := c.destination().path
	first, _, _ := strings.Cut(path[1:], "/")
	if before, _, found := strings.Cut(u.Path+"/", "/"+first+"/"); found {
		f.add("`endpoint` is %q: the exporter itself adds %s; write %q", where, path, shorten(base+before))
	}
}

func (f *faults) inProxy(proxy string) {
	if u, err := url.Parse(proxy); proxy != "" && (err != nil || u.Hostname() == "") {
		f.add("`proxy_url` is %q, which is no URL: write the proxy's URL, such as http://proxy.example.com:3128", withoutSecrets(proxy))
	}
}

// withoutSecrets cuts what should be a URL to what can hold no secret. Where
// there is an "@", anything before or after it may be a part of one.
func withoutSecrets(endpoint string) string {
	if strings.Contains(endpoint, "@") {
		return "..."
	}
	if i := strings.IndexAny(endpoint, "?#"); i >= 0 {
		endpoint = endpoint[:i]
	}
	return shorten(endpoint)
}

func isLoopback(name string) bool {
	ip := net.ParseIP(name)
	return strings.EqualFold(name, "localhost") || ip != nil && ip.IsLoopback()
}

// inHeaders looks for configured headers that would overwrite those that the
// exporter sets.
func (f *faults) inHeaders(c *Config) {
	ours := http.Header{"Content-Type": nil}
	secretKey := ""
	if c.KnownAgents != nil || c.Scrunch != nil {
		d := c.destination()
		secretKey = d.secretKey
		if d.authorize != nil {
			d.authorize(ours)
		}
	}
	for name := range c.ClientConfig.Headers.Iter {
		if _, taken := ours[http.CanonicalHeaderKey(name)]; !taken {
			continue
		}
		if http.CanonicalHeaderKey(name) == "Content-Type" {
			f.add("`headers::%s` would overwrite the media type that the API expects: remove it", name)
			continue
		}
		f.add("`headers::%s` would overwrite the secret of `%s`: remove one of them", name, secretKey)
	}
}

// inRetry refuses a limit that an API's Retry-After can reach: the helper then
// drops the visits at once, without waiting and without a second attempt.
func (f *faults) inRetry(c *Config) {
	if limit := c.RetryConfig.MaxElapsedTime; c.RetryConfig.Enabled && limit > 0 && limit < maxRetryAfter {
		f.add("`retry_on_failure::max_elapsed_time` is %s: an API that asks to wait longer, which it can for up to %s, would cost the visits; set it to 0 to keep them until they are delivered, or to %[2]s or more", limit, maxRetryAfter)
	}
}

func (f *faults) inQueue(c *Config) {
	if !c.QueueConfig.HasValue() {
		f.inHold(c, "`sending_queue::enabled` is false")
		return
	}
	queue := c.QueueConfig.Get()
	if queue.StorageID != nil && !c.RetryConfig.Enabled {
		f.add("`sending_queue::storage` is set and `retry_on_failure::enabled` is false: a batch would be deleted from the disk when it fails once; set `retry_on_failure::enabled` to true")
	}
	if queue.BlockOnOverflow {
		f.inHold(c, "`sending_queue::block_on_overflow` is true")
	}
	if queue.WaitForResult {
		f.inHold(c, "`sending_queue::wait_for_result` is true")
	}
	if queue.Sizer != exporterhelper.RequestSizerTypeBytes && queue.QueueSize >= defaultQueueBytes {
		f.add("`sending_queue::queue_size` is %d and `sending_queue::sizer` is %s: that many would fill the memory; set `queue_size` for this sizer, or leave the sizer at bytes", queue.QueueSize, queue.Sizer.String())
	}
	if !queue.Batch.HasValue() {
		return
	}
	if len(queue.Batch.Get().Partition.MetadataKeys) > 0 {
		f.add("`sending_queue::batch::partition::metadata_keys` is set: all visits of an exporter belong to one site, and a queue on disk keeps no metadata; remove it and use one exporter for each site")
	}
	f.inBatch(queue)
}

// inHold refuses settings that make the pipeline wait for the API, unless
// backpressure says that this is wanted.
func (f *faults) inHold(c *Config, setting string) {
	if !c.Backpressure {
		f.add("%s and `backpressure` is false: when the API is slow or down, the whole pipeline would wait; remove the setting, or set `backpressure` to true if the pipeline serves visits alone", setting)
	}
}

// The bounds of sending_queue::batch::max_size. In bytes: the API's limit for a
// body, and two of the largest visits. In items: more of the smallest visits,
// which have about 100 bytes, than a body can hold.
const (
	maxBatchBytes = maxBodyBytes
	minBatchBytes = 2 * maxVisitBytes
	maxBatchItems = 10_000
)

func (f *faults) inBatch(queue *exporterhelper.QueueBatchConfig) {
	sizer, size := queue.Batch.Get().Sizer, queue.Batch.Get().MaxSize
	inBytes, inItems := sizer == exporterhelper.RequestSizerTypeBytes, sizer == exporterhelper.RequestSizerTypeItems
	switch {
	case inBytes && (size < minBatchBytes || size > maxBatchBytes):
		f.add("`sending_queue::batch::max_size` is %d: a visit can have up to %d bytes and the API takes bodies of up to %d; set it to a number of bytes from %d to %d", size, maxVisitBytes, maxBodyBytes, minBatchBytes, maxBatchBytes)
	case inItems && (size < 1 || size > maxBatchItems):
		f.add("`sending_queue::batch::max_size` is %d and `sending_queue::batch::sizer` is items: set `max_size` to a number of visits from 1 to %d and `min_size` likewise, or write `sizer: bytes` into `batch`", size, maxBatchItems)
	case (inBytes || inItems) && sizer == queue.Sizer && queue.QueueSize < 2*size:
		f.add("`sending_queue::queue_size` (%d) has no room for two batches of `sending_queue::batch::max_size` (%d): visits would be dropped while one batch is on its way; make the queue larger or the batches smaller", queue.QueueSize, size)
	}
}
