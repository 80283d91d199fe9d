// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package delivery

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/agentvisits/agentvisitsexporter/internal/queue"
)

// disk has what stays in a queue on disk: what Push returns with an error, and what is put
// back after the end has begun.
type disk struct {
	*simulation
	mu    sync.Mutex
	stays map[string]bool // by path
}

func newDisk(t *testing.T, seed uint64) *disk {
	t.Helper()
	d := &disk{simulation: newSimulation(t, 30*time.Second), stays: map[string]bool{}}
	d.random, d.keeper = newRandom(seed), keptOnDisk
	d.settings.Requeue = func(_ context.Context, b *queue.Batch) error {
		if d.ending.hasBegun() {
			d.keep(pathsOf(b))
		} else {
			d.giveOut(b, 0)
		}
		return nil
	}
	return d
}

// giveOut gives a batch to a consumer after some time.
func (d *disk) giveOut(b *queue.Batch, after time.Duration) {
	paths := pathsOf(b)
	d.pushes.Go(func() {
		<-time.After(after)
		if d.Push(context.Background(), b) != nil {
			d.keep(paths)
		}
	})
}

func (d *disk) keep(paths []string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, path := range paths {
		d.stays[path] = true
	}
}

func pathsOf(b *queue.Batch) (paths []string) {
	b.Take()
	for line := range b.Lines() {
		_, rest, _ := strings.Cut(string(line), `"request_path":"`)
		path, _, _ := strings.Cut(rest, `"`)
		paths = append(paths, path)
	}
	return paths
}

// TestWheneverTheEndComesADiskHasWhatWasNotDelivered and nothing else, if each request is answered
// within two seconds. So many batches hold visits at fault that some go back to the end of the
// queue.
func TestWheneverTheEndComesADiskHasWhatWasNotDelivered(t *testing.T) {
	const batches, during = 60, 20 * time.Second
	for _, name := range []string{"403", "422", "429", "500", "a reset"} {
		for seed := range uint64(10) {
			t.Run(fmt.Sprint(name, " ", seed), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					d, paths := newDisk(t, seed), []string(nil)
					d.client.http.Transport = d.ledger.behind(objections[name], d.random.upTo(answerTime-100*time.Millisecond))
					for k := range batches {
						b := batchNamed(k, 1+int(d.random.upTo(5)), d.random.happens(0.6))
						paths = append(paths, pathsOf(b)...)
						d.giveOut(b, d.random.upTo(during))
					}
					<-time.After(d.random.upTo(during))
					d.BeginShutdown()
					d.pushes.Wait()
					gone := 0
					for _, path := range paths {
						_, hasArrived := d.ledger.arrived[path]
						assert.False(t, hasArrived && d.stays[path], "%s comes again", path)
						if !hasArrived && !d.stays[path] {
							gone++
						}
					}
					assert.EqualValues(t, d.dropped(t, dropReasonOf(name)), gone, "what is neither was dropped and counted")
				})
			})
		}
	}
}
