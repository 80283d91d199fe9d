// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package delivery

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"go.uber.org/zap"

	"github.com/agentvisits/agentvisitsexporter/internal/telemetry"
)

// drainTime is how long delivery may go on after shutdown has begun. What is not
// sent by then stays in the queue on disk, if there is one.
const drainTime = 10 * time.Second

// answerTime is what is left of drainTime when nothing of a queue on disk is sent any more, so
// that requests under way are answered: what is cut off may arrive, and comes again after the
// next start.
const answerTime = 2 * time.Second

// errStopped ends the requests and waits that drainTime cuts off.
var errStopped = errors.New("the exporter is shutting down")

// BeginShutdown gives requests and waits drainTime from now. It is called before
// the helper's Shutdown, which waits for them.
func (d *Delivery) BeginShutdown() {
	d.ending.begin(func() {
		d.health.stop()
		time.AfterFunc(drainTime, func() { d.stop(errStopped) })
		if d.dispatcher != nil && d.keeper == keptOnDisk {
			time.AfterFunc(drainTime-answerTime, d.dispatcher.leaveRest)
		}
	})
	if d.dispatcher != nil {
		d.dispatcher.hurry(d)
	}
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

// isLastTry reports whether there is no time for many more tries, and no disk that
// keeps the visits.
func (d *Delivery) isLastTry() bool { return d.keeper != keptOnDisk && d.ending.hasBegun() }

// isHurried reports whether nothing can wait for better evidence: the end is near, or who has sent
// the visits waits.
func (d *Delivery) isHurried() bool { return d.isLastTry() || d.keeper == keptBySender }

// leavesOnDisk reports whether what cannot be sent now is for the next start.
func (d *Delivery) leavesOnDisk() bool { return d.keeper == keptOnDisk && d.ending.hasBegun() }

// hurry is called when the end of a delivery has begun. Its visits that wait are tried
// once more, unless the API wants a pause that outlasts the end, or a disk keeps them.
func (d *dispatcher) hurry(ends *Delivery) {
	d.mu.Lock()
	defer d.mu.Unlock()
	now := time.Now()
	d.breaker.hurry(now)
	for _, l := range d.turns {
		l.breaker.hurry(now)
		l.suspects = slices.DeleteFunc(l.suspects, func(b *body) bool {
			if b.shipment.delivery != ends {
				return false
			}
			leaves := b.tries > 0 && ends.leavesOnDisk()
			if leaves {
				b.shipment.failure = cmp.Or(b.shipment.failure, errStopped) // one that came back may have none yet
				d.leave(b)
			}
			b.readyAt, b.quietAt = now, now
			return leaves
		})
	}
	d.withdrawEnding(now)
	d.dispatch(now)
}

// leaveRest is called when what is on a disk is not sent any more before the end.
func (d *dispatcher) leaveRest() {
	d.mu.Lock()
	defer d.mu.Unlock()
	now := time.Now()
	rest := slices.Clone(d.underWay) // if they fail they are not sent again, either
	for _, l := range d.turns {
		rest = append(rest, l.waiting()...)
	}
	for _, b := range rest {
		d.leaveIfOutOfTime(b.shipment, now)
	}
	d.dispatch(now)
}

func (d *dispatcher) leaveIfOutOfTime(s *shipment, now time.Time) {
	if s.delivery.isOutOfTime(now) {
		d.withdrawLocked(s, errStopped)
	}
}

// isOutOfTime reports whether what was not sent yet is for the next start.
func (d *Delivery) isOutOfTime(now time.Time) bool {
	return d.leavesOnDisk() && !now.Before(d.ending.deadline.Add(-answerTime))
}

// withdrawEnding takes back what cannot be sent before the end: all that a pause
// outlasts. What a disk keeps does not wait for a pause at all.
func (d *dispatcher) withdrawEnding(now time.Time) {
	for _, l := range d.turns {
		until, isOpen := d.pauseOf(l, now)
		if !isOpen {
			continue
		}
		for _, b := range l.waiting() {
			of := b.shipment.delivery
			if of.ending.hasBegun() && (of.keeper == keptOnDisk || until.After(of.ending.deadline)) {
				d.withdrawFrom(l, b.shipment, cmp.Or(b.shipment.failure, errStopped))
			}
		}
	}
}

// pauseOf is until when nothing of a lane is sent, if that is so.
func (d *dispatcher) pauseOf(l *lane, now time.Time) (until time.Time, isOpen bool) {
	if l.isRemoved() {
		return now.Add(2 * drainTime), true
	}
	for _, b := range [...]*breaker{&d.breaker, &l.breaker} {
		if b.state(now) == circuitOpen && b.until.After(until) {
			until, isOpen = b.until, true
		}
	}
	return until, isOpen
}

// isPaused reports whether requests are held back, by a pause or until a probe after
// it is answered. A pause of one of several sites is none.
func (d *dispatcher) isPaused() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.breaker.isPause || d.only != nil && d.only.breaker.isPause
}

// Shutdown is called when the queue is empty or closed, and no Push is left.
func (d *Delivery) Shutdown(context.Context) error {
	d.BeginShutdown()
	d.stop(errStopped)
	d.dropLog.flush()
	d.sites.flush()
	if lost := d.givenUp.Load(); lost > 0 {
		d.logger.Error("Dropping visits that could not be delivered before the end. Set sending_queue::storage to keep them over a restart.",
			zap.String("reason", telemetry.DropReasons[telemetry.DropGivenUp]), zap.Int64("visits", lost))
	}
	if d.client != nil {
		d.client.http.CloseIdleConnections()
		d.settings.Dispatchers.release(d.settings.Exporter.ID)
	}
	d.counters.Shutdown()
	return nil
}
