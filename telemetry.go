// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import (
	"context"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"go.opentelemetry.io/collector/exporter"
	"go.opentelemetry.io/collector/pipeline"

	"github.com/agentvisits/agentvisitsexporter/internal/metadata"
)

// dropReason says why a visit was lost. Each has a counter.
type dropReason uint8

const (
	dropQueueFull dropReason = iota
	dropNotQueued
	dropRejected
	dropTooLarge
	dropRefused
	dropUnreadable
	dropGivenUp
	dropReasonCount
)

// dropReasons are the values of the metric attribute "reason".
var dropReasons = [dropReasonCount]string{
	dropQueueFull:  "queue_full",
	dropNotQueued:  "not_queued", // the queue or its storage failed, or delivery did where there is no queue
	dropRejected:   "rejected",   // the API does not accept the visit
	dropTooLarge:   "too_large",  // the API does not accept a body of the visit's size
	dropRefused:    "refused",    // the API does not accept the request, and we know no reason
	dropGivenUp:    "given_up",   // not delivered when retries ended: with retries off, after max_elapsed_time, or at shutdown
	dropUnreadable: "unreadable", // in the persistent queue: damaged, or for another destination
}

// statusClasses are the values of the metric attribute "status_class".
var statusClasses = [...]string{0: "error", 2: "2xx", 3: "3xx", 4: "4xx", 5: "5xx"}

// counters are the exporter's own metrics, with their attributes made once.
type counters struct {
	builder    *metadata.TelemetryBuilder
	attributes attribute.Set
	all        metric.MeasurementOption
	skips      [skipReasonCount][]metric.AddOption
	drops      [dropReasonCount]metric.MeasurementOption
	classes    [len(statusClasses)]metric.MeasurementOption
}

func newCounters(set exporter.Settings, signal pipeline.Signal, destination string) (*counters, error) {
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
	c := &counters{builder: builder, attributes: attribute.NewSet(common...)}
	c.all = metric.WithAttributeSet(c.attributes)
	for i, reason := range skipReasons {
		c.skips[i] = []metric.AddOption{with(attribute.String("reason", reason))}
	}
	for i, reason := range dropReasons {
		c.drops[i] = with(attribute.String("reason", reason))
	}
	for i, class := range statusClasses {
		c.classes[i] = with(attribute.String("status_class", class))
	}
	return c, nil
}

// start shows every counter at zero, so that dashboards and alerts see the first
// increase.
func (c *counters) start(ctx context.Context) {
	c.sent(ctx, 0, 0, 0)
	c.truncated(ctx, 0)
	for reason := range dropReasonCount {
		c.dropped(ctx, reason, 0)
	}
	for reason := notSkipped + 1; reason < skipReasonCount; reason++ {
		c.skipped(ctx, reason, 0)
	}
	for i, class := range statusClasses {
		if class != "" {
			c.builder.ExporterAgentVisitsRequests.Add(ctx, 0, c.classes[i])
		}
	}
}

func (c *counters) skipped(ctx context.Context, reason skipReason, items int64) {
	c.builder.ExporterAgentVisitsSkipped.Add(ctx, items, c.skips[reason]...)
}

func (c *counters) dropped(ctx context.Context, reason dropReason, visits int) {
	c.builder.ExporterAgentVisitsDropped.Add(ctx, int64(visits), c.drops[reason])
}

func (c *counters) truncated(ctx context.Context, visits int64) {
	c.builder.ExporterAgentVisitsTruncated.Add(ctx, visits, c.all)
}

// sent counts the visits of a body that the API accepted. since is when the
// oldest of them came to the exporter, in Unix milliseconds.
func (c *counters) sent(ctx context.Context, visits, bytes int, since int64) {
	if visits > 0 {
		c.builder.ExporterAgentVisitsDelay.Record(ctx, max(time.Since(time.UnixMilli(since)), 0).Seconds(), c.all)
	}
	c.builder.ExporterAgentVisitsSent.Add(ctx, int64(visits), c.all)
	c.builder.ExporterAgentVisitsSentBytes.Add(ctx, int64(bytes), c.all)
}

// requested counts one HTTP request with a body of so many bytes. The status is 0
// if no answer came.
func (c *counters) requested(ctx context.Context, status int, took time.Duration, bytes int) {
	class := status / 100
	if class >= len(statusClasses) || statusClasses[class] == "" {
		class = 0
	}
	c.builder.ExporterAgentVisitsRequests.Add(ctx, 1, c.classes[class])
	c.builder.ExporterAgentVisitsRequestDuration.Record(ctx, took.Seconds(), c.all)
	c.builder.ExporterAgentVisitsBodySize.Record(ctx, int64(bytes), c.all)
}

// observe asks at each collection whether delivery is paused.
func (c *counters) observe(isPaused func() bool) error {
	return c.builder.RegisterExporterAgentVisitsPausedCallback(func(_ context.Context, o metric.Int64Observer) error {
		paused := int64(0)
		if isPaused() {
			paused = 1
		}
		o.Observe(paused, metric.WithAttributeSet(c.attributes))
		return nil
	})
}

// shutdown ends what observe began.
func (c *counters) shutdown() { c.builder.Shutdown() }
