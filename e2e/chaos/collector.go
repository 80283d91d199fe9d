// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package chaos

import (
	"context"
	"embed"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/agentvisits/agentvisitsexporter/internal/collector"
)

// configs are the Collector's configurations.
//
//go:embed configs/*.yaml
var configs embed.FS

const (
	// startLimit bounds how long the Collector may take to be ready.
	startLimit = 30 * time.Second
	// stopLimit bounds how long the Collector may take to end: ten seconds that
	// delivery may take, and what two busy cores add to that.
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
	if len(t.around) > 0 {
		command.Path = t.around[0]
		command.Args = append(command.Args, t.around[1:]...)
		command.Args = append(command.Args, t.settings.Binary)
	}
	for _, config := range t.configs {
		command.Args = append(command.Args, "--config", config)
	}
	for name, value := range t.env {
		command.Env = append(command.Env, name+"="+value)
	}
	process, err := collector.Launch(command)
	require.NoError(t, err)
	t.process = &running{process}
	t.undo = append([]func(){func() { _ = process.Kill() }}, t.undo...)
	go t.memory.watch(process)
}

// get is the body of a URL of the Collector.
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

// stop ends the Collector as an orchestrator does, with SIGTERM.
func (t *trial) stop() {
	if now, err := t.scrape(); err == nil {
		t.counted.add(now)
	}
	t.memory.look(t.process.PID())
	ctx, cancel := context.WithTimeout(t.ctx, stopLimit)
	defer cancel()
	require.NoError(t, t.process.Stop(ctx))
}

// terminate is stop in the midst of work: visits are delivered after the
// counters have been read.
func (t *trial) terminate() {
	t.inexact = true
	t.stop()
}

// kill ends the Collector as a crash does, with SIGKILL.
func (t *trial) kill() {
	t.inexact = true
	t.memory.look(t.process.PID())
	require.NoError(t, t.process.Kill())
}

// running adds a question to a process.
type running struct{ *collector.Process }

// Running reports whether there is a process that has not ended.
func (r *running) Running() bool {
	if r == nil {
		return false
	}
	select {
	case <-r.Done():
		return false
	default:
		return true
	}
}

// journal keeps what the Collectors of a scenario print.
type journal struct {
	mu   sync.Mutex
	text []byte
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.text = append(j.text, p...)
	return len(p), nil
}
