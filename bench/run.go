// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/collector"
)

// run is a contender's Collector, and the sink to which it delivers.
type run struct {
	contender contender
	load      *load
	sink      *sink
	dir       string // holds the queue on disk
	process   *collector.Process
	receiver  string // URL
	metrics   string // URL
	sent      int    // requests
}

// startRun starts a contender. end or kill stops it.
func startRun(ctx context.Context, binary string, s *scenario, l *load, c contender) (r *run, err error) {
	r = &run{contender: c, load: l}
	defer func() {
		if err != nil {
			err = errors.Join(err, r.kill())
		}
	}()
	if r.sink, err = newSink(s.api, c.marks[l.signal]); err != nil {
		return r, err
	}
	if r.dir, err = os.MkdirTemp("", "bench-collector-*"); err != nil {
		return r, err
	}
	return r, r.start(ctx, binary, cmp.Or(s.gogc, 100))
}

// start runs the Collector and waits until it is ready.
func (r *run) start(ctx context.Context, binary string, gogc int) error {
	ports, err := collector.FreePorts(3)
	if err != nil {
		return err
	}
	address := func(port int) string { return fmt.Sprintf("127.0.0.1:%d", port) }
	r.receiver, r.metrics = "http://"+address(ports[0]), "http://"+address(ports[2])+"/metrics"
	r.process, err = collector.Start(ctx, collector.Settings{
		Binary:  binary,
		Configs: []string{"yaml:" + config, r.contender.pipeline(r.load.signal)},
		Env: []string{
			fmt.Sprintf("GOGC=%d", gogc), "GOMEMLIMIT=off", "BENCH_API=" + r.sink.url, "BENCH_DIR=" + r.dir,
			"BENCH_OTLP=" + address(ports[0]), "BENCH_HEALTH=" + address(ports[1]), fmt.Sprintf("BENCH_METRICS=%d", ports[2]),
		},
		HealthURL: "http://" + address(ports[1]),
	})
	return err
}

// end stops the Collector gracefully and removes everything.
func (r *run) end(ctx context.Context) error {
	return errors.Join(r.process.Stop(ctx), r.kill())
}

// kill stops and removes everything that was started.
func (r *run) kill() (err error) {
	if r.process != nil {
		err = r.process.Kill()
	}
	if r.sink != nil {
		r.sink.close()
	}
	if r.dir != "" {
		err = errors.Join(err, os.RemoveAll(r.dir))
	}
	return err
}

// send sends the number of requests to the Collector.
func (r *run) send(ctx context.Context, requests int) error {
	r.sent += requests
	return r.load.send(ctx, r.receiver, requests)
}

// awaitDelivered waits until everything that was sent has arrived at the sink. It fails if
// more arrives.
func (r *run) awaitDelivered(ctx context.Context) error {
	expected := int64(r.contender.delivers(r.load, r.sent))
	if err := r.process.Await(ctx, func(context.Context) error {
		if arrived := r.sink.arrived.Load(); arrived < expected {
			return fmt.Errorf("%d of %d items have arrived", arrived, expected)
		}
		return nil
	}); err != nil {
		return err
	}
	if arrived := r.sink.arrived.Load(); arrived != expected {
		return fmt.Errorf("%d items have arrived, expected %d", arrived, expected)
	}
	return nil
}

// since returns the cost of the requests since before.
func (r *run) since(before measurement, requests int) (measurement, error) {
	after, err := r.read()
	if err == nil && after.cpu == before.cpu {
		err = errors.New("the kernel's clock is too coarse for so few items")
	}
	return measurement{
		items: requests * r.load.items, cpu: after.cpu - before.cpu, peak: after.peak, received: after.received - before.received,
	}, err
}

// fillQueue sends requests while nothing can be delivered, and returns their cost. If the
// contender has a queue of visits, it must be full in the end.
func (r *run) fillQueue(ctx context.Context, requests int) (measurement, error) {
	if err := r.send(ctx, requests); err != nil {
		return measurement{}, err
	}
	m, err := r.read()
	m.items = requests * r.load.items
	if err != nil || !r.contender.visits {
		return m, err
	}
	metrics, err := r.scrape(ctx)
	m.bound = int64(metric(metrics, "otelcol_exporter_queue_capacity", ""))
	if err == nil && metric(metrics, "otelcol_exporter_agent_visits_dropped", `reason="queue_full"`) == 0 {
		err = errors.New("the queue was never full")
	}
	return m, err
}

// read returns the Collector's CPU time and memory according to the kernel, and the bytes
// that the sink has received.
func (r *run) read() (m measurement, err error) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", r.process.PID()))
	if err != nil {
		return m, err
	}
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", r.process.PID()))
	if err != nil {
		return m, err
	}
	cpu, err := cpuOf(stat)
	peak, err2 := peakOf(status)
	return measurement{cpu: cpu, peak: peak, received: r.sink.received.Load()}, errors.Join(err, err2)
}

// scrape returns the Collector's own metrics as text.
func (r *run) scrape(ctx context.Context) (string, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, r.metrics, http.NoBody)
	if err != nil {
		return "", err
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return "", err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	return string(text), err
}

// metric returns the sum of all metrics whose names begin with name and that have the
// label. An empty label matches all of them.
func metric(metrics, name, label string) float64 {
	sum := 0.0
	for line := range strings.Lines(metrics) {
		if fields := strings.Fields(line); strings.HasPrefix(line, name) && strings.Contains(line, label) {
			value, err := strconv.ParseFloat(fields[len(fields)-1], 64)
			if err != nil {
				value = 0
			}
			sum += value
		}
	}
	return sum
}
