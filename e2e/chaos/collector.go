// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package chaos

import (
	"context"
	"embed"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/collector"
)

// configs holds the Collector's configurations.
//
//go:embed configs/*.yaml
var configs embed.FS

const (
	// startLimit bounds how long the Collector may take to be ready.
	startLimit = 30 * time.Second
	// stopLimit bounds how long the Collector may take to end: ten seconds for
	// delivery, and as much for two busy cores.
	stopLimit = 20 * time.Second
)

// start runs the Collector and waits until it is ready.
func (t *trial) start() {
	t.launch()
	ctx, cancel := context.WithTimeout(t.ctx, startLimit)
	defer cancel()
	require.NoError(t, t.process.Await(ctx, func(ctx context.Context) error {
		_, err := get(ctx, "http://"+t.env["CHAOS_HEALTH"])
		return err
	}))
}

// launch runs the Collector without waiting for it.
func (t *trial) launch() {
	command := collector.Command{Path: t.settings.Binary, Log: t.log}
	if len(t.wrapper) > 0 {
		command.Path = t.wrapper[0]
		command.Args = append(command.Args, t.wrapper[1:]...)
		command.Args = append(command.Args, t.settings.Binary)
	}
	for _, config := range t.configs {
		command.Args = append(command.Args, "--config", config)
	}
	for _, gate := range t.gates {
		command.Args = append(command.Args, "--feature-gates", gate)
	}
	for name, value := range t.env {
		command.Env = append(command.Env, name+"="+value)
	}
	started, err := collector.Launch(command)
	require.NoError(t, err)
	t.process = &process{started}
	t.cleanUps = append([]func(){func() { _ = started.Kill() }}, t.cleanUps...)
	go t.memory.watch(started)
}

// get returns the body of a URL of the Collector.
func get(ctx context.Context, url string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return nil, err
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s answered %s", url, answer.Status)
	}
	return io.ReadAll(answer.Body)
}

// stop ends the Collector with SIGTERM, as an orchestrator does.
func (t *trial) stop() {
	if now, err := t.scrape(); err == nil {
		t.counted.add(now)
	}
	t.memory.sample(t.process.PID())
	ctx, cancel := context.WithTimeout(t.ctx, stopLimit)
	defer cancel()
	require.NoError(t, t.process.Stop(ctx))
}

// terminate is stop for a Collector that still has visits to deliver. It delivers some
// of them after the counters were read.
func (t *trial) terminate() {
	t.inexact = true
	t.stop()
}

// kill ends the Collector with SIGKILL, like a crash.
func (t *trial) kill() {
	t.inexact = true
	t.memory.sample(t.process.PID())
	require.NoError(t, t.process.Kill())
}

// process is a Collector that may not have been started.
type process struct{ *collector.Process }

// running reports whether the Collector was started and has not ended.
func (p *process) running() bool {
	if p == nil {
		return false
	}
	select {
	case <-p.Done():
		return false
	default:
		return true
	}
}
