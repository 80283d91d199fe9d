// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package blocks

import (
	"time"

	"go.opentelemetry.io/collector/config/configoptional"
	"go.opentelemetry.io/collector/config/configretry"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/exporter/exporterhelper"

	"github.com/agentvisits/agentvisitsexporter/internal/validation"
	"github.com/agentvisits/agentvisitsexporter/internal/visit"
)

// FitMinSize lowers the size at which a batch is sent to the largest one, if the user sets
// that alone. The default would not fit, and the Collector would refuse the two.
func FitMinSize(optional *optionalQueue, conf *confmap.Conf) {
	const batch = "sending_queue::batch::"
	if !optional.HasValue() || !optional.Get().Batch.HasValue() || conf.IsSet(batch+"min_size") || !conf.IsSet(batch+"max_size") {
		return
	}
	if b := optional.Get().Batch.Get(); b.MaxSize > 0 {
		b.MinSize = min(b.MinSize, b.MaxSize)
	}
}

// The batches of an exporter with many sites. Each is cut into a body for each site, so that
// it has to be large, or come rarely: quiet times have at most as many requests a second as
// there are sites, divided by the time.
const (
	sitesFlushTimeout  = 30 * time.Second
	sitesMinBatchBytes = 8_000_000
	// sitesBatchShare is which part of a queue a batch may fill before it is sent.
	sitesBatchShare = 4
	// leastSitesQueue is the size of the smallest queue in which anything can be parked.
	leastSitesQueue = 4
)

// GatherForSites makes batches large, for an exporter with many sites, if the user sets
// nothing of them.
func GatherForSites(optional *optionalQueue, conf *confmap.Conf) {
	if !optional.HasValue() || !optional.Get().Batch.HasValue() || conf.IsSet("sending_queue::batch") {
		return
	}
	queue := optional.Get()
	b := queue.Batch.Get()
	b.FlushTimeout, b.MinSize, b.MaxSize = sitesFlushTimeout, sitesMinBatchBytes, 0
	if queue.Sizer == exporterhelper.RequestSizerTypeBytes {
		b.MinSize = min(b.MinSize, queue.QueueSize/sitesBatchShare)
	}
}

// Retry doubts that retries are meant to be off, and rejects retries without a wait, waits that do not grow, and a time limit below
// longestPause, the longest Retry-After that an API can ask for. If Retry-After exceeds
// the limit, the Collector's retry sender drops the visits at once, without a second
// attempt.
func Retry(f validation.Faults, retry configretry.BackOffConfig, longestPause time.Duration) {
	if !retry.Enabled {
		f.Doubt("enabled", "is false: the visits of a request that fails are dropped, even if the API is only busy for a second; remove it, so that they are kept until they are delivered")
		return
	}
	if retry.InitialInterval <= 0 {
		f.Add("initial_interval", "is %s: while the API is down, thousands of requests would follow each other within seconds; set it to 5s, for example", retry.InitialInterval)
	}
	Duration(f, "initial_interval", retry.InitialInterval, "5s", "while the API is down, thousands of requests would follow each other within seconds")
	Duration(f, "max_interval", retry.MaxInterval, "30s", "while the API is down, the waits would not grow")
	if retry.MaxInterval <= 0 || retry.MaxInterval < retry.InitialInterval {
		f.Add("max_interval", "is %s, which is less than %s (%s): the waits would not grow while the API is down; set it to 30s, for example", retry.MaxInterval, f.Key("initial_interval"), retry.InitialInterval)
	}
	if m := retry.Multiplier; !(m >= 1 && m <= maxMultiplier) { // true of NaN as well
		f.Add("multiplier", "is %v: each wait is this many times the last one, so less than 1 would shorten them; set it to a number from 1 to %d, such as 1.5", m, maxMultiplier)
	}
	if r := retry.RandomizationFactor; !(r >= 0 && r <= 1) { // likewise
		f.Add("randomization_factor", "is %v: a wait is changed by up to this part of it; set it to a number from 0 to 1, such as 0.5", r)
	}
	switch limit := retry.MaxElapsedTime; {
	case limit < 0:
		f.Add("max_elapsed_time", "is %s: set it to 0 to keep visits until they are delivered, or to %s or more", limit, longestPause)
	case limit > 0 && limit < longestPause:
		f.Add("max_elapsed_time", "is %s: an API may ask to wait for up to %s, and if it asks for longer than this limit the visits are dropped; set it to 0 to keep them until they are delivered, or to %[2]s or more", limit, longestPause)
	}
}

// maxMultiplier is beyond any use: the second wait is the longest.
const maxMultiplier = 1000

// QueueLimits are what the settings of a queue have to fit.
type QueueLimits struct {
	Retries      bool  // whether failed requests are sent again
	Backpressure bool  // whether the pipeline may wait for the API
	DefaultBytes int64 // the default size of a queue that counts bytes
	BodyBytes    int64 // the size of the largest body that the API takes
	Sites        bool  // whether a batch is cut into a body for each of several sites
}

type optionalQueue = configoptional.Optional[exporterhelper.QueueBatchConfig]

// Queue checks the settings of a queue and of its batches.
func Queue(f validation.Faults, optional optionalQueue, limits QueueLimits) {
	if !optional.HasValue() {
		checkWaiting(f, limits, "enabled", "false")
		if limits.Sites {
			f.Add("enabled", "is false and there are several sites: visits of a site that fails have nowhere to wait; remove the setting")
		}
		return
	}
	queue := optional.Get()
	if limits.Sites {
		checkParking(f, queue)
	}
	if queue.StorageID != nil && !limits.Retries {
		f.Add("storage", "is set and `retry_on_failure::enabled` is false: a batch would be deleted from the disk when it fails once; set `retry_on_failure::enabled` to true")
	}
	if queue.BlockOnOverflow {
		checkWaiting(f, limits, "block_on_overflow", "true")
	}
	if queue.WaitForResult {
		checkWaiting(f, limits, "wait_for_result", "true")
	}
	if queue.Sizer != exporterhelper.RequestSizerTypeBytes && queue.QueueSize >= limits.DefaultBytes {
		f.Add("queue_size", "is %d and %s is %s: that many would fill the memory; set `queue_size` for this sizer, or leave the sizer at bytes", queue.QueueSize, f.Key("sizer"), queue.Sizer.String())
	}
	if !queue.Batch.HasValue() {
		return
	}
	if len(queue.Batch.Get().Partition.MetadataKeys) > 0 {
		f.In("batch").In("partition").Add("metadata_keys", "is set: a queue on disk keeps no metadata; remove it, and list several sites in `sites` of the destination's block")
	}
	Duration(f.In("batch"), "flush_timeout", queue.Batch.Get().FlushTimeout, "5s", "nearly each visit would be a request of its own")
	if !limits.Sites || queue.Batch.Get().MaxSize != 0 {
		checkBatch(f, queue, limits.BodyBytes)
	}
}

// checkParking rejects what leaves no place for the visits of one of several sites that fails.
func checkParking(f validation.Faults, queue *exporterhelper.QueueBatchConfig) {
	if queue.WaitForResult {
		f.Add("wait_for_result", "is true and there are several sites: whoever waits would wait for the one that fails; remove the setting")
	}
	if queue.QueueSize > 0 && queue.QueueSize < leastSitesQueue {
		f.Add("queue_size", "is %d and there are several sites: a quarter is for the visits of those that fail, and has room for none; set it to %d or more", queue.QueueSize, leastSitesQueue)
	}
}

// checkWaiting rejects a setting that makes the pipeline wait for the API, unless the
// option backpressure asks for that.
func checkWaiting(f validation.Faults, limits QueueLimits, key, value string) {
	if !limits.Backpressure {
		f.Add(key, "is %s and `backpressure` is false: when the API is slow or down, the whole pipeline would wait; remove the setting, or set `backpressure` to true if the pipeline carries only visits", value)
	}
}

// The bounds of sending_queue::batch::max_size. In bytes it is at least two of the
// largest visits, and at most the largest body. In items it is at most more than a body
// can hold of the smallest visits, which have about 100 bytes.
const (
	minBatchBytes = 2 * visit.MaxVisitBytes
	maxBatchItems = 10_000
)

// checkBatch checks that a batch fits into a body, and two batches into the queue.
func checkBatch(f validation.Faults, queue *exporterhelper.QueueBatchConfig, bodyBytes int64) {
	batch := f.In("batch")
	sizer, size := queue.Batch.Get().Sizer, queue.Batch.Get().MaxSize
	inBytes, inItems := sizer == exporterhelper.RequestSizerTypeBytes, sizer == exporterhelper.RequestSizerTypeItems
	switch {
	case inBytes && (size < minBatchBytes || size > bodyBytes):
		batch.Add("max_size", "is %d: a visit can have up to %d bytes and the API takes bodies of up to %d; set it to a number of bytes from %d to %[3]d", size, visit.MaxVisitBytes, bodyBytes, minBatchBytes)
	case inItems && (size < 1 || size > maxBatchItems):
		batch.Add("max_size", "is %d and %s is items: set `max_size` to a number of visits from 1 to %d and `min_size` likewise, or write `sizer: bytes` into `batch`", size, batch.Key("sizer"), maxBatchItems)
	case (inBytes || inItems) && sizer == queue.Sizer && queue.QueueSize < 2*size:
		f.Add("queue_size", "(%d) has no room for two batches of %s (%d): visits would be dropped while one batch is on its way; make the queue larger or the batches smaller", queue.QueueSize, batch.Key("max_size"), size)
	}
}
