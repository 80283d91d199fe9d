// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package delivery

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/agentvisits/agentvisitsexporter/internal/queue"
)

// failingParking is a parking of which the disk fails now and then.
type failingParking struct {
	queue.Parking
	fails func() bool
}

func (p failingParking) Park(ctx context.Context, b *queue.Batch) error {
	if p.fails() {
		return errors.New("no space is left")
	}
	return p.Parking.Park(ctx, b)
}

// agencyDisk is a disk with the visits of several sites. What is parked stays, too.
type agencyDisk struct {
	*agency
	*disk
}

func newAgencyDisk(t *testing.T, sites int, seed uint64, answer func(d *agencyDisk, site string) objection) *agencyDisk {
	t.Helper()
	d := &agencyDisk{}
	d.agency = newAgency(t, sites, func(token string) objection { return answer(d, token) })
	d.disk = &disk{simulation: d.agency.simulation, stays: map[string]bool{}}
	d.random, d.keeper = newRandom(seed), keptOnDisk
	d.settings.Requeue = d.requeueTo
	d.settings.Parking = failingParking{Parking: d.lot, fails: func() bool { return d.random.happens(0.3) }}
	d.dispatcher = newDispatcher(&d.settings)
	return d
}

func (d *agencyDisk) requeueTo(_ context.Context, b *queue.Batch) error {
	if !d.ending.hasBegun() && d.random.happens(0.5) {
		return errors.New("the queue is full")
	}
	if d.ending.hasBegun() {
		d.keep(pathsOf(b))
	} else {
		d.giveOut(b, 0)
	}
	return nil
}

// TestWheneverTheEndComesADiskHasWhatSitesDidNotGet and nothing else, though some sites fail, and what
// waits for them cannot always be parked.
func TestWheneverTheEndComesADiskHasWhatSitesDidNotGet(t *testing.T) {
	const sites, rounds, during = 8, 40, 2 * time.Minute
	for _, name := range []string{"401", "422", "429", "500", "a reset"} {
		for seed := range uint64(30) {
			t.Run(fmt.Sprint(name, " ", seed), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					var paths []string
					d := newAgencyDisk(t, sites, seed, func(d *agencyDisk, site string) objection {
						if site < tokenOf(3) || d.random.happens(0.1) {
							return objections[name]
						}
						return nil
					})
					for k := range rounds {
						b := d.flush(k, 1+int(d.random.upTo(3)), upTo(1+int(d.random.upTo(sites)))...)
						paths = append(paths, pathsOf(b)...)
						d.giveOut(b, d.random.upTo(during))
					}
					<-time.After(d.random.upTo(during))
					d.BeginShutdown()
					d.lot.BeginShutdown()
					d.pushes.Wait()
					d.lot.Rest(t.Context(), func(b *queue.Batch) { d.keep(pathsOf(b)) })
					d.assertKept(t, paths, name)
					close(d.batches)
				})
			})
		}
	}
}

// assertKept requires that each visit has arrived, or stays, or was dropped and counted.
func (d *agencyDisk) assertKept(t *testing.T, paths []string, name string) {
	t.Helper()
	gone := 0
	for _, path := range paths {
		hasArrived := false
		for _, l := range d.ledgers {
			_, is := l.arrived[path]
			hasArrived = hasArrived || is
		}
		assert.False(t, hasArrived && d.stays[path], "%s comes again", path)
		if !hasArrived && !d.stays[path] {
			gone++
		}
	}
	assert.EqualValues(t, d.disk.dropped(t, dropReasonOf(name)), gone, "what is neither was dropped and counted")
}
