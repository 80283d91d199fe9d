// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import (
	"context"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/exporter"
	"go.opentelemetry.io/collector/exporter/exporterhelper"
	"go.opentelemetry.io/collector/exporter/exporterhelper/xexporterhelper"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/pipeline"

	"github.com/agentvisits/agentvisitsexporter/internal/metadata"
)

// NewFactory makes the factory of the agent_visits exporter for traces and logs.
func NewFactory() exporter.Factory {
	f := factory{gates: newGates()}
	return exporter.NewFactory(
		metadata.Type,
		createDefaultConfig,
		exporter.WithTraces(f.createTraces, metadata.TracesStability),
		exporter.WithLogs(f.createLogs, metadata.LogsStability),
	)
}

// factory makes exporters that share what belongs to their destination.
type factory struct {
	gates *gates
}

func (f factory) createTraces(ctx context.Context, set exporter.Settings, cfg component.Config) (exporter.Traces, error) {
	p, err := newParts(f.gates, set, cfg.(*Config), pipeline.SignalTraces)
	if err != nil {
		return nil, err
	}
	convert := func(ctx context.Context, _ ptrace.Traces) (queueRequest, error) {
		return batchFrom(ctx), nil
	}
	next, err := xexporterhelper.NewTracesRequest(ctx, forHelper(set, cfg.(*Config)), convert, p.push, p.options(cfg.(*Config))...)
	if err != nil {
		return nil, err
	}
	return &tracesExporter{Traces: next, in: p.intake, delivery: p.delivery}, nil
}

func (f factory) createLogs(ctx context.Context, set exporter.Settings, cfg component.Config) (exporter.Logs, error) {
	p, err := newParts(f.gates, set, cfg.(*Config), pipeline.SignalLogs)
	if err != nil {
		return nil, err
	}
	convert := func(ctx context.Context, _ plog.Logs) (queueRequest, error) { return batchFrom(ctx), nil }
	next, err := xexporterhelper.NewLogsRequest(ctx, forHelper(set, cfg.(*Config)), convert, p.push, p.options(cfg.(*Config))...)
	if err != nil {
		return nil, err
	}
	return &logsExporter{Logs: next, in: p.intake, delivery: p.delivery}, nil
}

// forHelper is the settings for the helper. With backpressure the pipeline gets
// each error, so the log may have it too.
func forHelper(set exporter.Settings, cfg *Config) exporter.Settings {
	if !cfg.Backpressure {
		set.Logger = filterLog(set.Logger)
	}
	return set
}

// parts are what the helper's exporter of either signal is put together from.
type parts struct {
	*intake
	*delivery
}

func newParts(gs *gates, set exporter.Settings, cfg *Config, signal pipeline.Signal) (*parts, error) {
	if err := cfg.Validate(); err != nil { // whoever is no Collector may not have asked
		return nil, err
	}
	if cfg.ClientConfig.TLS.InsecureSkipVerify {
		set.Logger.Warn("The API's certificate is not checked. Whoever stands between could read the visits and the key. Remove tls::insecure_skip_verify; for a certificate of your own set tls::ca_file.")
	}
	d, err := cfg.destination()
	if err != nil {
		return nil, err
	}
	c, err := newCounters(set, signal, d)
	if err != nil {
		return nil, err
	}
	p := &parts{
		intake:   newIntake(cfg, d, c, set.Logger),
		delivery: newDelivery(cfg, d, c, gs, set),
	}
	if p.storage == nil {
		p.intake.memory = newMemory(&d.framing, coalesces(cfg.QueueConfig.Get()), p.unreadable)
	} else {
		p.disk = newStorageClient(storageSettings{
			logger: set.Logger, encoding: p.encoding(), limit: asideLimit(cfg.QueueConfig.Get()),
			dropped: func(visits int) { c.dropped(context.Background(), dropUnreadable, visits) },
		})
	}
	p.delivery.memory = p.intake.memory
	return p, nil
}

// encoding is how batches lie in a queue on disk.
func (p *parts) encoding() batchEncoding {
	return batchEncoding{destination: p.delivery.destination, unreadable: p.unreadable}
}

// options are the helper's. The helper's timeout is off: it would span all
// HTTP requests of a batch, while the client's timeout is for each.
func (p *parts) options(cfg *Config) []exporterhelper.Option {
	queue := xexporterhelper.QueueBatchSettings{Encoding: p.encoding()}
	return []exporterhelper.Option{
		exporterhelper.WithStart(p.start),
		exporterhelper.WithShutdown(p.shutdown),
		exporterhelper.WithTimeout(exporterhelper.TimeoutConfig{Timeout: 0}),
		exporterhelper.WithRetry(cfg.RetryConfig),
		xexporterhelper.WithQueueBatch(cfg.QueueConfig, queue),
	}
}
