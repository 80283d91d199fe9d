// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package telemetry

import (
	"context"
	"sync"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"go.opentelemetry.io/collector/exporter"
	"go.opentelemetry.io/collector/pipeline"

	"github.com/agentvisits/agentvisitsexporter/internal/metadata"
	"github.com/agentvisits/agentvisitsexporter/internal/visit"
)

// DropReason says why a visit is lost. Each reason has a counter.
type DropReason uint8

// The reasons why a visit is lost.
const (
	DropQueueFull   DropReason = iota // the queue is full, or too small for one payload
	DropNotQueued                     // the queue's storage fails
	DropRejected                      // the API does not accept the visit
	DropTooLarge                      // the API does not accept a body of the visit's size
	DropUnreadable                    // the queue on disk is damaged, or has set aside more than it may
	DropGivenUp                       // not delivered when retries ended: with retries off, after max_elapsed_time, or at shutdown
	DropSiteFull                      // one of several sites cannot be delivered, and what waits for such sites has no more room
	DropSiteRemoved                   // one of several sites was removed from the configuration, and not added again in time
	dropReasonCount
)

// DropReasons are the values of the metric attribute "reason".
var DropReasons = [dropReasonCount]string{
	DropQueueFull:   "queue_full",
	DropNotQueued:   "not_queued",
	DropRejected:    "rejected",
	DropTooLarge:    "too_large",
	DropUnreadable:  "unreadable",
	DropGivenUp:     "given_up",
	DropSiteFull:    "site_full",
	DropSiteRemoved: "site_removed",
}

// Outcome says what a visit that waited turned out to be. Each outcome has a counter.
type Outcome uint8

// The outcomes.
const (
	WaitedHop      Outcome = iota // an inner hop
	WaitedVisit                   // a visit: nothing above it that serves came in the whole wait
	WaitedTooShort                // a visit before the wait was over, for lack of memory
	WaitedShutdown                // a visit before the wait was over, because the exporter shut down
	WaitedBare                    // a visit without a user agent, which waited for an inner span that knows it
	outcomeCount
)

// Outcomes are the values of the metric attribute "outcome".
var Outcomes = [outcomeCount]string{
	WaitedHop:      "hop",
	WaitedVisit:    "visit",
	WaitedTooShort: "waited_too_short",
	WaitedShutdown: "shutdown",
	WaitedBare:     "bare",
}

// statusClasses are the values of the metric attribute "status_class".
var statusClasses = [...]string{0: "error", 2: "2xx", 3: "3xx", 4: "4xx", 5: "5xx"}

// Counters are the exporter's own metrics. Their attributes are made once.
type Counters struct {
	builder    *metadata.TelemetryBuilder
	attributes attribute.Set
	all        metric.MeasurementOption
	skips      [visit.SkipReasonCount][]metric.AddOption
	drops      [dropReasonCount]metric.MeasurementOption
	classes    [len(statusClasses)]metric.MeasurementOption
	outcomes   [outcomeCount]metric.MeasurementOption

	sites siteCounts

	started time.Time
	first   sync.Once
	report  func(visits int, after time.Duration) // may be nil; see OnFirstSent
}

// OnFirstSent has the first visits that the API accepts reported, with the time since
// Start. It comes before Start.
func (c *Counters) OnFirstSent(report func(visits int, after time.Duration)) { c.report = report }

// New makes the counters of one exporter.
func New(set exporter.Settings, signal pipeline.Signal, destination string) (*Counters, error) {
	builder, err := metadata.NewTelemetryBuilder(set.TelemetrySettings)
	if err != nil {
		return nil, err
	}
	common := []attribute.KeyValue{
		attribute.String("exporter", set.ID.String()),
		attribute.String("destination", destination),
		attribute.String("signal", signal.String()),
	}
	with := func(extra attribute.KeyValue) metric.MeasurementOption {
		return metric.WithAttributeSet(attribute.NewSet(append(common, extra)...))
	}
	c := &Counters{builder: builder, attributes: attribute.NewSet(common...)}
	c.all = metric.WithAttributeSet(c.attributes)
	for i, reason := range visit.SkipReasons {
		c.skips[i] = []metric.AddOption{with(attribute.String("reason", reason))}
	}
	for i, reason := range DropReasons {
		c.drops[i] = with(attribute.String("reason", reason))
	}
	for i, class := range statusClasses {
		c.classes[i] = with(attribute.String("status_class", class))
	}
	for i, outcome := range Outcomes {
		c.outcomes[i] = with(attribute.String("outcome", outcome))
	}
	return c, nil
}

// Start counts zero for every reason and status class, so that dashboards and alerts
// see the first increase.
func (c *Counters) Start(ctx context.Context) {
	c.started = time.Now()
	c.Sent(ctx, 0, 0, 0)
	c.Truncated(ctx, 0)
	for reason := range dropReasonCount {
		c.Dropped(ctx, reason, 0)
	}
	for reason := visit.NotSkipped + 1; reason < visit.SkipReasonCount; reason++ {
		c.Skipped(ctx, reason, 0)
	}
	for outcome := range outcomeCount {
		c.Waited(ctx, outcome, 0)
	}
	for i, class := range statusClasses {
		if class != "" {
			c.builder.ExporterAgentVisitsRequests.Add(ctx, 0, c.classes[i])
		}
	}
}

// Skipped counts items that are not visits.
func (c *Counters) Skipped(ctx context.Context, reason visit.SkipReason, items int64) {
	c.builder.ExporterAgentVisitsSkipped.Add(ctx, items, c.skips[reason]...)
}

// Dropped counts visits that are lost.
func (c *Counters) Dropped(ctx context.Context, reason DropReason, visits int) {
	c.builder.ExporterAgentVisitsDropped.Add(ctx, int64(visits), c.drops[reason])
}

// Waited counts visits that have waited.
func (c *Counters) Waited(ctx context.Context, outcome Outcome, visits int) {
	c.builder.ExporterAgentVisitsWaited.Add(ctx, int64(visits), c.outcomes[outcome])
}

// Truncated counts visits that lack a part, because it was too long.
func (c *Counters) Truncated(ctx context.Context, visits int64) {
	c.builder.ExporterAgentVisitsTruncated.Add(ctx, visits, c.all)
}

// Sent counts the visits of a body that the API accepted. since is when the
// oldest of them came to the exporter, in Unix milliseconds.
func (c *Counters) Sent(ctx context.Context, visits, bytes int, since int64) {
	if visits > 0 {
		c.first.Do(func() { c.reportFirst(visits) })
		c.builder.ExporterAgentVisitsDelay.Record(ctx, max(time.Since(time.UnixMilli(since)), 0).Seconds(), c.all)
	}
	c.builder.ExporterAgentVisitsSent.Add(ctx, int64(visits), c.all)
	c.builder.ExporterAgentVisitsSentBytes.Add(ctx, int64(bytes), c.all)
}

func (c *Counters) reportFirst(visits int) {
	if c.report != nil {
		c.report(visits, time.Since(c.started))
	}
}

// Requested counts an HTTP request: how long it took and how large its body was. The
// status is 0 if no answer came.
func (c *Counters) Requested(ctx context.Context, status int, took time.Duration, bytes int) {
	class := status / 100
	if class >= len(statusClasses) || statusClasses[class] == "" {
		class = 0
	}
	c.builder.ExporterAgentVisitsRequests.Add(ctx, 1, c.classes[class])
	c.builder.ExporterAgentVisitsRequestDuration.Record(ctx, took.Seconds(), c.all)
	c.builder.ExporterAgentVisitsBodySize.Record(ctx, int64(bytes), c.all)
}

// Observe has the metrics show whether delivery is paused. It calls isPaused at each
// collection, until Shutdown.
func (c *Counters) Observe(isPaused func() bool) error {
	return c.builder.RegisterExporterAgentVisitsPausedCallback(func(_ context.Context, o metric.Int64Observer) error {
		paused := int64(0)
		if isPaused() {
			paused = 1
		}
		o.Observe(paused, metric.WithAttributeSet(c.attributes))
		return nil
	})
}

// ObserveParked has the metrics show how many visits are parked, until Shutdown.
func (c *Counters) ObserveParked(visits func() int) error {
	return c.builder.RegisterExporterAgentVisitsParkedCallback(func(_ context.Context, o metric.Int64Observer) error {
		o.Observe(int64(visits()), metric.WithAttributeSet(c.attributes))
		return nil
	})
}

// Shutdown ends what Observe and ObserveParked began.
func (c *Counters) Shutdown() { c.builder.Shutdown() }
