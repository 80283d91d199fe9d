// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import (
	"context"
	"time"

	"go.uber.org/zap"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/config/configoptional"
	"go.opentelemetry.io/collector/exporter"
	"go.opentelemetry.io/collector/exporter/exporterhelper"
	"go.opentelemetry.io/collector/exporter/exporterhelper/xexporterhelper"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/pipeline"

	"github.com/agentvisits/agentvisitsexporter/internal/delivery"
	"github.com/agentvisits/agentvisitsexporter/internal/destination"
	"github.com/agentvisits/agentvisitsexporter/internal/fanout"
	"github.com/agentvisits/agentvisitsexporter/internal/metadata"
	"github.com/agentvisits/agentvisitsexporter/internal/queue"
	"github.com/agentvisits/agentvisitsexporter/internal/sites"
	"github.com/agentvisits/agentvisitsexporter/internal/telemetry"
	"github.com/agentvisits/agentvisitsexporter/internal/validation"
	"github.com/agentvisits/agentvisitsexporter/internal/visit"
	"github.com/agentvisits/agentvisitsexporter/internal/waiting"
)

// NewFactory makes the factory of the agent_visits exporter for traces and logs.
func NewFactory() exporter.Factory {
	f := factory{dispatchers: delivery.NewDispatchers(), files: queue.NewFiles(), fanout: &fanout.Group{}, sites: sites.NewRegistries()}
	return exporter.NewFactory(
		metadata.Type,
		createDefaultConfig,
		exporter.WithTraces(f.createTraces, metadata.TracesStability),
		exporter.WithLogs(f.createLogs, metadata.LogsStability),
	)
}

// factory makes exporters. Those for traces and for logs of one configuration share
// a dispatcher, because they deliver to the same API, and its sites. All share what is known of the
// files of queues on disk, and of who gets the same payloads.
type factory struct {
	dispatchers *delivery.Dispatchers
	files       *queue.Files
	fanout      *fanout.Group
	sites       *sites.Registries
}

func (f factory) createTraces(ctx context.Context, set exporter.Settings, cfg component.Config) (exporter.Traces, error) {
	e, err := assemble(ctx, set, cfg.(*Config), f, tracesSignal)
	if err != nil {
		return nil, err
	}
	return &tracesExporter{e}, nil
}

func (f factory) createLogs(ctx context.Context, set exporter.Settings, cfg component.Config) (exporter.Logs, error) {
	e, err := assemble(ctx, set, cfg.(*Config), f, logsSignal)
	if err != nil {
		return nil, err
	}
	return &logsExporter{e}, nil
}

// signal is what differs between traces and logs: payloads of type T, and the
// helper's exporter for them, of type E.
type signal[T any, E component.Component] struct {
	name      pipeline.Signal
	translate func(*intake, context.Context, T) (*queue.Batch, waiting.Held, *scratch)
	enqueue   func(E, context.Context, T) error
	newHelper func(context.Context, exporter.Settings, xexporterhelper.RequestConverterFunc[T], xexporterhelper.RequestConsumeFunc, ...exporterhelper.Option) (E, error)
}

var tracesSignal = signal[ptrace.Traces, exporter.Traces]{
	name:      pipeline.SignalTraces,
	translate: (*intake).fromTraces,
	enqueue:   exporter.Traces.ConsumeTraces,
	newHelper: xexporterhelper.NewTracesRequest,
}

var logsSignal = signal[plog.Logs, exporter.Logs]{
	name:      pipeline.SignalLogs,
	translate: (*intake).fromLogs,
	enqueue:   exporter.Logs.ConsumeLogs,
	newHelper: xexporterhelper.NewLogsRequest,
}

// assemble makes the intake, which turns a payload into a batch; the helper, which
// has the queue and the retries; and the delivery, which the helper gives batches to.
func assemble[T any, E component.Component](ctx context.Context, set exporter.Settings, cfg *Config, shared factory, of signal[T, E]) (*signalExporter[T, E], error) {
	checked := cfg.check() // programs other than the Collector may not have called Validate
	if err := checked.Err(); err != nil {
		return nil, err
	}
	warn(set.Logger, cfg, checked)
	to, err := cfg.destination()
	if err != nil {
		return nil, err
	}
	counters, err := telemetry.New(set, of.name, to.Name)
	if err != nil {
		return nil, err
	}
	known, err := sitesOf(cfg, to, shared.sites, set.Logger)
	if err != nil {
		return nil, err
	}
	if known.Only() == nil {
		counters.TellSites(func() bool { return known.Set().Len() <= cfg.MaxSitesInMetrics })
	}
	counters.OnFirstSent(firstSent{set.Logger, to.Name}.log)
	lost := losses{counters, set.Logger}
	encoding := encodingOf(known, to, lost.unreadable)
	queueConfig := queueConfigOf(known, cfg.QueueConfig)
	storage := queue.NewStorage(queueConfig.Get(), queue.StorageSettings{
		Logger: set.Logger, Encoding: encoding, Exporter: set.ID, Signal: of.name.String(), Files: shared.files, Dropped: lost.setAside,
	})
	memory := queue.NewDiskMemory(&to.Framing) // which keeps nothing: the disk does
	if storage == nil {
		memory = queue.NewMemory(&to.Framing, queue.Coalesces(queueConfig.Get()), lost.unreadable)
	}
	e := &signalExporter[T, E]{
		signal: of, intake: newIntake(cfg, to, known, memory, counters, set.Logger), sites: known,
		storage: storage, memory: memory, counters: counters, logger: set.Logger, backpressure: cfg.Backpressure,
		member: shared.fanout.Join(set.ID.String(), cfg.Backpressure),
	}
	if of.name == pipeline.SignalTraces {
		e.waiting = waiting.NewRoom(waiting.Settings{
			Config: &cfg.Visits.Hops, Counters: counters, Logger: set.Logger, Storage: storage, Memory: memory,
			Encode: encoderOf(known), Begin: e.intake.begin, Offer: e.enqueueWaited,
		})
		e.intake.waiting = e.waiting
	}
	settings := delivery.Settings{
		Client: cfg.ClientConfig, Retry: cfg.RetryConfig, Queue: queueConfig,
		Destination: to, Memory: memory, Counters: counters, Dispatchers: shared.dispatchers, Exporter: set, Requeue: e.offer,
	}
	if known.Only() == nil {
		e.parking = newParking(cfg, encoding, lost, storage, memory)
		settings.Parking = e.parking
	}
	e.delivery = delivery.New(settings)
	e.helper, err = of.newHelper(ctx, helperSettings(set, cfg), requestFrom[T], e.delivery.Push, helperOptions(cfg, e.delivery, encoding)...)
	if err != nil {
		return nil, err
	}
	return e, nil
}

// firstSent tells people that delivery works.
type firstSent struct {
	logger      *zap.Logger
	destination string
}

func (f firstSent) log(visits int, after time.Duration) {
	f.logger.Info("The first visits are delivered.", zap.String("destination", f.destination), zap.Int("visits", visits), zap.Duration("after", after))
}

// newParking makes the parking of an exporter with several sites.
func newParking(cfg *Config, encoding queue.Encoding, lost losses, storage *queue.Storage, memory *queue.Memory) *queue.Lot {
	settings := queue.ParkingSettings{Logger: lost.logger, Encoding: encoding, Full: lost.siteFull, Removed: lost.siteRemoved}
	return queue.NewLot(cfg.QueueConfig.Get(), settings, storage, memory)
}

// warn tells of what a configuration may not do as it is meant.
func warn(logger *zap.Logger, cfg *Config, checked validation.Faults) {
	for _, doubt := range checked.Doubts() {
		logger.Warn("The configuration may not do what is meant. " + doubt)
	}
	if cfg.ClientConfig.TLS.InsecureSkipVerify {
		logger.Warn("The API's certificate is not checked. Anyone on the network path could read the visits and the key. Remove tls::insecure_skip_verify; for a certificate of your own set tls::ca_file.")
	}
}

// sitesOf are the sites of an exporter. The exporters for traces and for logs share several.
func sitesOf(cfg *Config, to *destination.Destination, shared *sites.Registries, logger *zap.Logger) (*sites.Registry, error) {
	if several := cfg.sites(); several != nil {
		return shared.Get(cfg, several, logger)
	}
	to.WatchSecret(secretLog{logger}.changed)
	return sites.One(destination.NewSite(to, "")), nil
}

// encodingOf is the form in which the visits of all sites wait on a disk.
func encodingOf(of *sites.Registry, to *destination.Destination, unreadable func(err error, visits int)) queue.Encoding {
	if site := of.Only(); site != nil {
		return queue.NewEncoding(site, unreadable)
	}
	return queue.NewSitesEncoding(to, of, unreadable)
}

// encoderOf encodes visits that wait, each for its site.
func encoderOf(of *sites.Registry) func(to *queue.Shares, v *visit.Visit) bool {
	return func(shares *queue.Shares, v *visit.Visit) bool {
		site, to := of.Choose(v)
		if to == nil {
			return false
		}
		lines, ok := to.EncodeLine(shares.Buffer(), v)
		if ok {
			shares.Add(site, lines)
		}
		return ok
	}
}

// queueConfigOf is the configuration of the helper's queue. With several sites a part of its
// size is for what is parked.
func queueConfigOf(of *sites.Registry, all configoptional.Optional[exporterhelper.QueueBatchConfig]) configoptional.Optional[exporterhelper.QueueBatchConfig] {
	if of.Only() != nil {
		return all
	}
	helper, _ := queue.Divide(all.Get())
	return configoptional.Some(helper)
}

// secretLog tells people what a replaced file of a secret does.
type secretLog struct {
	logger *zap.Logger
}

// changed is told why the file cannot be used, and nil when it can be used again.
func (l secretLog) changed(fault error) {
	if fault != nil {
		l.logger.Error("The file of the secret has changed and cannot be used. The secret that it held before stays in use.", zap.Error(fault))
		return
	}
	l.logger.Info("The file of the secret can be used again. Its secret is in use.")
}

// losses counts the visits that are lost in the queue.
type losses struct {
	counters *telemetry.Counters
	logger   *zap.Logger
}

// unreadable is told of visits that cannot be sent.
func (l losses) unreadable(err error, visits int) {
	l.counters.Dropped(context.Background(), telemetry.DropUnreadable, visits)
	l.logger.Error("Dropping a batch of the queue.", zap.Int("visits", visits), zap.Error(err))
}

// setAside is told of visits that had been set aside on the disk and were deleted for
// lack of room. It only counts them, because the storage logs it.
func (l losses) setAside(visits int) {
	l.counters.Dropped(context.Background(), telemetry.DropUnreadable, visits)
}

// siteFull is told of visits of a site for which the parking has no room.
func (l losses) siteFull(site string, visits int) { l.ofSite(telemetry.DropSiteFull, site, visits) }

// siteRemoved is told of visits of a site that was removed for too long.
func (l losses) siteRemoved(site string, visits int) {
	l.ofSite(telemetry.DropSiteRemoved, site, visits)
}

// ofSite only counts, because the queue logs it.
func (l losses) ofSite(reason telemetry.DropReason, site string, visits int) {
	l.counters.Dropped(context.Background(), reason, visits)
	l.counters.OfSite(context.Background(), site, telemetry.SiteDropped, visits)
}

// helperSettings keep the helper from logging what the exporter logs itself. With
// backpressure the pipeline gets each rejection, so the log may have it too.
func helperSettings(set exporter.Settings, cfg *Config) exporter.Settings {
	set.Logger = queue.FilterLog(set.Logger, !cfg.Backpressure)
	return set
}

// helperOptions turn the helper's timeout off: it would be for all HTTP requests of
// a batch together, while the client's timeout is for each.
func helperOptions(cfg *Config, d *delivery.Delivery, encoding queue.Encoding) []exporterhelper.Option {
	return []exporterhelper.Option{
		exporterhelper.WithStart(func(ctx context.Context, host component.Host) error {
			if err := cfg.checkExtensions(host.GetExtensions()); err != nil {
				return err
			}
			return cfg.withoutTexts(d.Start(ctx, host))
		}),
		exporterhelper.WithShutdown(d.Shutdown),
		exporterhelper.WithTimeout(exporterhelper.TimeoutConfig{Timeout: 0}),
		exporterhelper.WithRetry(d.RetryConfig()),
		xexporterhelper.WithQueueBatch(d.QueueConfig(), xexporterhelper.QueueBatchSettings{Encoding: encoding}),
	}
}
