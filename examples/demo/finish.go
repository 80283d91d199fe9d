// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/collector"
)

// arrivalLimit is how long the last visits may take to arrive. The exporter collects
// them in a batch for 1 s.
const arrivalLimit = 30 * time.Second

// untilChildEnds returns a context that is also cancelled when a child process ends.
// The cause says how it ended.
func (s *stage) untilChildEnds(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(ctx)
	for _, child := range []*collector.Process{s.preview, s.collector} {
		go func() {
			err := child.Wait(ctx)
			if err == nil {
				err = errors.New("a program that the demo needs has stopped")
			}
			cancel(err)
		}()
	}
	return ctx, func() { cancel(nil) }
}

// finish closes the sites and waits until the expected visits have arrived or the limit
// has passed. Then it stops the Collector, which sends the rest, and returns the final
// numbers. If the demo ran forever, other programs may have sent telemetry as well.
func (s *stage) finish(ctx context.Context, sent tally, forever bool) (*summary, error) {
	if err := s.stopDownTo(ctx, s.firstSite); err != nil {
		return nil, fmt.Errorf("close the sites: %w", err)
	}
	sum := &summary{sent: sent, forever: forever, others: max(0, int(s.served.Load())-sent.requests)}
	if err := s.awaitArrival(ctx, sum); err != nil {
		return nil, err
	}
	var err error
	if sum.counters, err = fetchCounters(ctx, "http://"+s.address("metrics")+"/metrics"); err != nil {
		return nil, fmt.Errorf("read the Collector's metrics: %w", err)
	}
	stopping, cancel := context.WithTimeout(ctx, stopLimit)
	defer cancel()
	if err := s.collector.Stop(stopping); err != nil {
		return nil, err
	}
	sum.arrived, err = fetchTotals(ctx, s.previewURL)
	return sum, err
}

// awaitArrival returns when all expected visits have arrived or the limit has passed.
// The limit is not an error, because the summary reports missing visits.
func (s *stage) awaitArrival(ctx context.Context, sum *summary) error {
	ctx, cancelGuard := s.untilChildEnds(ctx)
	defer cancelGuard()
	limited, cancel := context.WithTimeout(ctx, arrivalLimit)
	defer cancel()
	_ = s.preview.Await(limited, func(ctx context.Context) (err error) {
		sum.arrived, err = fetchTotals(ctx, s.previewURL)
		if err == nil && !sum.complete() {
			err = errors.New("visits are missing")
		}
		return err
	})
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return nil
}
