// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/agentvisits/agentvisitsexporter/internal/collector"
)

// arrivalLimit is how long the last visits may take to arrive. They wait for
// the exporter's batch (1 s).
const arrivalLimit = 30 * time.Second

// guard returns a context that also ends when one of the children does, with
// its last words as the cause.
func (s *stage) guard(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(ctx)
	for _, child := range []*collector.Process{s.preview, s.collector} {
		go func() {
			err := child.Wait(ctx)
			if err == nil {
				err = errors.New("a program that the demo needs has ended by itself")
			}
			cancel(err)
		}()
	}
	return ctx, func() { cancel(nil) }
}

// count closes the sites, waits until the expected visits have arrived or the
// limit has passed, ends the Collector in order, which sends what it still has,
// and counts again. In an open demo others may have sent telemetry as well.
func (s *stage) count(ctx context.Context, sent tally, open bool) (*summary, error) {
	if err := s.clearTo(ctx, s.sitesFrom); err != nil {
		return nil, fmt.Errorf("close the sites: %w", err)
	}
	sum := &summary{sent: sent, open: open, others: max(0, int(s.served.Load())-sent.requests)}
	if err := s.awaitArrival(ctx, sum); err != nil {
		return nil, err
	}
	var err error
	if sum.counters, err = fetchCounters(ctx, "http://"+s.address("metrics")+"/metrics"); err != nil {
		return nil, fmt.Errorf("ask the collector for its metrics: %w", err)
	}
	stopping, cancel := context.WithTimeout(ctx, stopLimit)
	defer cancel()
	if err := s.collector.Stop(stopping); err != nil {
		return nil, err
	}
	sum.arrived, err = fetchTotals(ctx, s.previewURL)
	return sum, err
}

// awaitArrival returns when all expected visits have arrived, or too much time
// has passed, which is no error: the summary tells it.
func (s *stage) awaitArrival(ctx context.Context, sum *summary) error {
	ctx, release := s.guard(ctx)
	defer release()
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
