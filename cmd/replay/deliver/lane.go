// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"net/http/httptrace"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel/attribute"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.uber.org/zap"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/exporter"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"

	agentvisits "github.com/agentvisits/agentvisitsexporter"
	"github.com/agentvisits/agentvisitsexporter/internal/logfiles"
)

// lane is one exporter, which delivers one chunk after another. Each lane has its own
// metrics, so that what they count is of its chunk alone.
type lane struct {
	exporter exporter.Logs
	metrics  *sdkmetric.ManualReader
	counted  counts
}

// counts are what the exporter's own metrics say.
type counts struct {
	sent    int64
	dropped map[string]int64 // by reason
	skipped map[string]int64 // by reason
}

// newLane makes an exporter as the Collector would, and starts it.
func newLane(ctx context.Context, factory exporter.Factory, id component.ID, cfg *agentvisits.Config, logger *zap.Logger) (*lane, error) {
	l := &lane{metrics: sdkmetric.NewManualReader()}
	telemetry := componenttest.NewNopTelemetrySettings()
	telemetry.Logger = logger
	telemetry.MeterProvider = sdkmetric.NewMeterProvider(sdkmetric.WithReader(l.metrics))
	set := exporter.Settings{ID: id, TelemetrySettings: telemetry, BuildInfo: component.BuildInfo{Command: "agent-visits-replay", Version: "1"}}
	e, err := factory.CreateLogs(ctx, set, cfg)
	if err != nil {
		return nil, err
	}
	l.exporter = e
	return l, e.Start(ctx, componenttest.NewNopHost())
}

// result is what became of a chunk.
type result struct {
	counts
	// unanswered is how many requests were sent whole or in part and got no answer.
	unanswered int64
	err        error
}

// isDoubtful reports whether the API may have some of a chunk that failed.
func (r *result) isDoubtful() bool { return r.err != nil && (r.unanswered > 0 || r.sent > 0) }

// deliver brings the visits of a chunk to the API.
func (l *lane) deliver(ctx context.Context, c *logfiles.Chunk) result {
	var unanswered atomic.Int64
	err := l.exporter.ConsumeLogs(httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		WroteHeaders:         func() { unanswered.Add(1) },
		GotFirstResponseByte: func() { unanswered.Add(-1) },
	}), payloadOf(c))
	r := result{unanswered: unanswered.Load(), err: err}
	now, fault := l.read(context.WithoutCancel(ctx))
	if fault != nil && err == nil {
		r.err = fault
	}
	r.counts, l.counted = now.minus(&l.counted), now
	r.skipped["not_access_log"] -= int64(len(c.Header)) // the lines of a header are no lines of the chunk
	return r
}

// payloadOf is a chunk as the Collector's file receiver hands it on.
func payloadOf(c *logfiles.Chunk) plog.Logs {
	payload := plog.NewLogs()
	records := payload.ResourceLogs().AppendEmpty().ScopeLogs().AppendEmpty().LogRecords()
	now := pcommon.NewTimestampFromTime(time.Now())
	add := func(line string) {
		record := records.AppendEmpty()
		record.SetObservedTimestamp(now)
		record.Body().SetStr(line)
		record.Attributes().PutStr(logfiles.FileKey, c.File.Name)
	}
	for _, line := range c.Header {
		add(line)
	}
	for _, line := range c.Lines() {
		add(line)
	}
	return payload
}

// read reads the exporter's metrics.
func (l *lane) read(ctx context.Context) (counts, error) {
	c := counts{dropped: map[string]int64{}, skipped: map[string]int64{}}
	var all metricdata.ResourceMetrics
	if err := l.metrics.Collect(ctx, &all); err != nil {
		return c, fmt.Errorf("the exporter's metrics cannot be read: %w", err)
	}
	for _, scope := range all.ScopeMetrics {
		for _, m := range scope.Metrics {
			sum, ok := m.Data.(metricdata.Sum[int64])
			if !ok {
				continue
			}
			for _, point := range sum.DataPoints {
				reason, _ := point.Attributes.Value(attribute.Key("reason"))
				switch m.Name {
				case "otelcol_exporter_agent_visits_sent":
					c.sent += point.Value
				case "otelcol_exporter_agent_visits_dropped":
					c.dropped[reason.AsString()] += point.Value
				case "otelcol_exporter_agent_visits_skipped":
					c.skipped[reason.AsString()] += point.Value
				}
			}
		}
	}
	return c, nil
}

// minus is what was counted since before.
func (c *counts) minus(before *counts) counts {
	return counts{c.sent - before.sent, difference(c.dropped, before.dropped), difference(c.skipped, before.skipped)}
}

func difference(now, before map[string]int64) map[string]int64 {
	d := map[string]int64{}
	for reason, n := range now {
		if n != before[reason] {
			d[reason] = n - before[reason]
		}
	}
	return d
}

// add adds what another chunk had.
func (c *counts) add(other *counts) {
	c.sent += other.sent
	for reason, n := range other.dropped {
		c.dropped[reason] += n
	}
	for reason, n := range other.skipped {
		c.skipped[reason] += n
	}
}
