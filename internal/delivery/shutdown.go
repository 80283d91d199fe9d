// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package delivery

import (
	"context"
	"errors"
	"sync"
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
	d.ending.begin(func() {
		d.health.stop()
		time.AfterFunc(drainTime, func() { d.stop(errStopped) })
	})
}

// ending is the last part of a delivery's life.
type ending struct {
	once     sync.Once
	begun    chan struct{}
	deadline time.Time // when cutOff ends; set before begun is closed
}

func newEnding() *ending { return &ending{begun: make(chan struct{})} }

// begin calls also, the first time.
func (e *ending) begin(also func()) {
	e.once.Do(func() {
		e.deadline = time.Now().Add(drainTime)
		also()
		close(e.begun)
	})
}

func (e *ending) hasBegun() bool {
	select {
	case <-e.begun:
		return true
	default:
		return false
	}
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
		if d.breaker.isOpenAt(d.ending.deadline) {
			return
		}
		_ = d.Push(ctx, u) // what fails is pending again
	}
}
