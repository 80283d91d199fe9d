// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package delivery

import (
	"context"
	"errors"
	"time"

	"go.uber.org/zap"

	"github.com/agentvisits/agentvisitsexporter/internal/telemetry"
)

// drainTime is how long delivery may go on after shutdown has begun. What is not
// sent by then stays in the queue on disk, if there is one.
const drainTime = 10 * time.Second

// errStopped ends the requests and waits that drainTime cuts off.
var errStopped = errors.New("the exporter is shutting down")

// BeginShutdown gives requests and waits drainTime from now. It is called before
// the helper's Shutdown, which waits for them.
func (d *Delivery) BeginShutdown() {
	if d.shutdownBegun.Swap(true) {
		return
	}
	d.health.stop()
	d.deadline = time.Now().Add(drainTime)
	time.AfterFunc(drainTime, func() { d.stop(errStopped) })
}

// Shutdown is called when the queue is empty or closed. What waits for a retry is
// tried once more. What is left then is lost.
func (d *Delivery) Shutdown(ctx context.Context) error {
	d.BeginShutdown()
	d.retryPending(ctx)
	d.stop(errStopped)
	if lost := d.pendingRetries.count(); lost > 0 {
		d.counters.Dropped(ctx, telemetry.DropGivenUp, lost)
		d.logger.Error("Dropping visits that could not be delivered before the end. Set sending_queue::storage to keep them over a restart.",
			zap.String("reason", telemetry.DropReasons[telemetry.DropGivenUp]), zap.Int("visits", lost))
	}
	if d.client != nil {
		d.client.http.CloseIdleConnections()
		d.settings.Breakers.release(d.settings.Exporter.ID)
	}
	d.counters.Shutdown()
	return nil
}

// retryPending waits for a pause to end, unless the pause lasts longer than the
// time that is left.
func (d *Delivery) retryPending(ctx context.Context) {
	for _, u := range d.pendingRetries.all() {
		if d.breaker.isOpenAt(d.deadline) {
			return
		}
		_ = d.Push(ctx, u) // what fails is pending again
	}
}
