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

	"github.com/agentvisits/agentvisitsexporter/internal/delivery"
	"github.com/agentvisits/agentvisitsexporter/internal/metadata"
	"github.com/agentvisits/agentvisitsexporter/internal/queue"
	"github.com/agentvisits/agentvisitsexporter/internal/telemetry"
)

// NewFactory makes the factory of the agent_visits exporter for traces and logs.
func NewFactory() exporter.Factory {
	f := factory{breakers: delivery.NewBreakers()}
	return exporter.NewFactory(
		metadata.Type,
		createDefaultConfig,
		exporter.WithTraces(f.createTraces, metadata.TracesStability),
		exporter.WithLogs(f.createLogs, metadata.LogsStability),
	)
}

// factory makes exporters, which share what belongs to their destination.
type factory struct {
	breakers *delivery.Breakers
}

func (f factory) createTraces(ctx context.Context, set exporter.Settings, cfg component.Config) (exporter.Traces, error) {
	e, err := assemble(ctx, set, cfg.(*Config), f.breakers, tracesSignal)
	if err != nil {
		return nil, err
	}
	return &tracesExporter{e}, nil
}

func (f factory) createLogs(ctx context.Context, set exporter.Settings, cfg component.Config) (exporter.Logs, error) {
	e, err := assemble(ctx, set, cfg.(*Config), f.breakers, logsSignal)
	if err != nil {
		return nil, err
	}
	return &logsExporter{e}, nil
}

// signal is what differs between traces and logs: payloads of type T, and the
// helper's exporter for them, of type E.
type signal[T any, E component.Component] struct {
	name      pipeline.Signal
	translate func(*intake) func(context.Context, T) *queue.Batch
	enqueue   func(E) func(context.Context, T) error
	newHelper func(context.Context, exporter.Settings, xexporterhelper.RequestConverterFunc[T], xexporterhelper.RequestConsumeFunc, ...exporterhelper.Option) (E, error)
}

var tracesSignal = signal[ptrace.Traces, exporter.Traces]{
	name:      pipeline.SignalTraces,
	translate: func(in *intake) func(context.Context, ptrace.Traces) *queue.Batch { return in.fromTraces },
	enqueue:   func(e exporter.Traces) func(context.Context, ptrace.Traces) error { return e.ConsumeTraces },
	newHelper: xexporterhelper.NewTracesRequest,
}

var logsSignal = signal[plog.Logs, exporter.Logs]{
	name:      pipeline.SignalLogs,
	translate: func(in *intake) func(context.Context, plog.Logs) *queue.Batch { return in.fromLogs },
	enqueue:   func(e exporter.Logs) func(context.Context, plog.Logs) error { return e.ConsumeLogs },
	newHelper: xexporterhelper.NewLogsRequest,
}

// assemble puts an exporter together: the intake, the helper with its queue and
// its retries, and delivery.
func assemble[T any, E component.Component](ctx context.Context, set exporter.Settings, cfg *Config, shared *delivery.Breakers, of signal[T, E]) (*signalExporter[T], error) {
	if cfg.ClientConfig.TLS.InsecureSkipVerify {
		set.Logger.Warn("The API's certificate is not checked. Anyone on the network path could read the visits and the key. Remove tls::insecure_skip_verify; for a certificate of your own set tls::ca_file.")
	}
	if err := cfg.Validate(); err != nil { // programs other than the Collector may not have asked
		return nil, err
	}
	to, err := cfg.destination()
	if err != nil {
		return nil, err
	}
	c, err := telemetry.New(set, of.name, to.Name)
	if err != nil {
		return nil, err
	}
	in := newIntake(cfg, to, c, set.Logger)
	d := delivery.New(delivery.Config{Client: cfg.ClientConfig, Retry: cfg.RetryConfig, Queue: cfg.QueueConfig}, to, c, shared, set)
	encoding := queue.Encoding{Destination: to, Unreadable: d.DropUnreadable}
	storage := queue.NewStorage(cfg.QueueConfig.Get(), queue.StorageSettings{
		Logger:   set.Logger,
		Encoding: encoding,
		Dropped:  func(visits int) { c.Dropped(context.Background(), telemetry.DropUnreadable, visits) },
	})
	if storage == nil {
		in.memory = queue.NewMemory(&to.Framing, queue.Coalesces(cfg.QueueConfig.Get()), d.DropUnreadable)
		d.Memory = in.memory
	}
	helper, err := of.newHelper(ctx, forHelper(set, cfg), requestFrom[T], d.Push, helperOptions(cfg, d, encoding)...)
	if err != nil {
		return nil, err
	}
	return &signalExporter[T]{
		intake:    in,
		translate: of.translate(in),
		enqueue:   of.enqueue(helper),
		helper:    helper,
		storage:   storage,
		delivery:  d,
	}, nil
}

// forHelper is the settings for the helper. With backpressure the pipeline gets
// each error, so the log may have it too.
func forHelper(set exporter.Settings, cfg *Config) exporter.Settings {
	if !cfg.Backpressure {
		set.Logger = queue.FilterLog(set.Logger)
	}
	return set
}

// helperOptions turn the helper's timeout off: it would span all HTTP requests of
// a batch, while the client's timeout is for each.
func helperOptions(cfg *Config, d *delivery.Delivery, encoding queue.Encoding) []exporterhelper.Option {
	return []exporterhelper.Option{
		exporterhelper.WithStart(d.Start),
		exporterhelper.WithShutdown(d.Shutdown),
		exporterhelper.WithTimeout(exporterhelper.TimeoutConfig{Timeout: 0}),
		exporterhelper.WithRetry(d.RetryConfig()),
		xexporterhelper.WithQueueBatch(cfg.QueueConfig, xexporterhelper.QueueBatchSettings{Encoding: encoding}),
	}
}
