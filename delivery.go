// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import (
	"context"
	"math/rand/v2"
	"time"

	"go.uber.org/zap"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/config/confighttp"
	"go.opentelemetry.io/collector/exporter"
	"go.opentelemetry.io/collector/exporter/exporterhelper"
	"go.opentelemetry.io/collector/exporter/exporterhelper/xexporterhelper"
)

// slowRetry is the least time between two attempts when somebody must change
// something before one can succeed.
const slowRetry = time.Minute

// delivery takes batches out of the queue and brings them to the API.
type delivery struct {
	destination *destination
	counters    *counters
	settings    confighttp.ClientConfig
	telemetry   component.TelemetrySettings
	userAgent   string
	client      *client // from start on
}

func newDelivery(cfg *Config, d *destination, c *counters, set exporter.Settings) *delivery {
	return &delivery{
		destination: d,
		counters:    c,
		settings:    cfg.ClientConfig,
		telemetry:   set.TelemetrySettings,
		userAgent:   set.BuildInfo.Command + "/" + set.BuildInfo.Version + " " + set.ID.Type().String(),
	}
}

// start makes the client; authentication extensions do not exist before.
func (d *delivery) start(ctx context.Context, host component.Host) error {
	h, err := d.settings.ToClient(ctx, host.GetExtensions(), d.telemetry)
	if err != nil {
		return err
	}
	d.client = newClient(h, d.settings.Endpoint, d.userAgent, d.destination)
	d.counters.start(ctx)
	return nil
}

func (d *delivery) shutdown(context.Context) error {
	if d.client != nil {
		d.client.http.CloseIdleConnections()
	}
	d.counters.builder.Shutdown()
	return nil
}

// push delivers one batch. An error is always worth a retry, with what is left
// to send: visits that the API does not accept are dropped and counted here.
func (d *delivery) push(ctx context.Context, request xexporterhelper.Request) error {
	for rest := request.(*batch); rest != nil; {
		head, tail := rest.cutBytes(maxBodyBytes)
		if err := d.send(ctx, head); err != nil {
			return &partError{error: err, unsent: rest}
		}
		rest = tail
	}
	return nil
}

// send makes one HTTP request and acts on the answer.
func (d *delivery) send(ctx context.Context, b *batch) error {
	a := d.client.post(ctx, b)
	d.counters.requested(ctx, a.status)
	switch verdictOf(a.status) {
	case delivered:
		d.counters.sent(ctx, b.count, b.BytesSize())
		return nil
	case throttled:
		return exporterhelper.NewThrottleRetry(d.client.fault(a), jitter(a.retryAfter))
	case unavailable:
		return exporterhelper.NewThrottleRetry(d.client.fault(a), jitter(a.retryAfter))
	case misconfigured:
		return exporterhelper.NewThrottleRetry(d.client.fault(a), jitter(max(a.retryAfter, slowRetry)))
	case rejected:
		d.drop(ctx, dropRejected, b, a)
	case tooLarge:
		d.drop(ctx, dropTooLarge, b, a)
	case refused:
		d.drop(ctx, dropRefused, b, a)
	}
	return nil
}

func (d *delivery) drop(ctx context.Context, reason dropReason, b *batch, a answer) {
	d.counters.dropped(ctx, reason, b.count)
	d.telemetry.Logger.Error("Dropping visits.", zap.String("reason", dropReasons[reason]), zap.Int("visits", b.count), zap.Error(d.client.fault(a)))
}

// refused reports a batch in the persistent queue that cannot be sent. How many
// visits it held cannot be known.
func (d *delivery) refused(err error) {
	d.counters.dropped(context.Background(), dropUnreadable, 1)
	d.telemetry.Logger.Error("Dropping a batch of the persistent queue.", zap.Error(err))
}

// jitter adds up to a fifth, so that waiting consumers do not wake together.
func jitter(delay time.Duration) time.Duration {
	if delay <= 0 {
		return 0
	}
	return delay + rand.N(delay/5+1) //nolint:gosec // spreads load, guards nothing
}
