// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package collector

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"time"
)

// healthAttemptTimeout bounds one question to the health endpoint.
const healthAttemptTimeout = 2 * time.Second

// Settings say which Collector to run, and how.
type Settings struct {
	// Binary is the path of the Collector's executable. Required.
	Binary string
	// Configs are given to the Collector in this order, later ones overriding
	// earlier ones: paths of files, or "yaml:" and a YAML text. At least one is
	// required.
	Configs []string
	// Env holds "NAME=value" entries, added to this process's environment.
	Env []string
	// Log receives what the Collector prints, from a goroutine of its own; nil
	// discards it. It is not written to after Wait has returned.
	Log io.Writer
	// HealthURL is where the Collector's health_check extension answers, as in
	// "http://127.0.0.1:13133". When empty, Start does not wait for health.
	HealthURL string
}

// Start runs the Collector and returns when it is healthy. It fails, with the
// last lines of the log in the error and no process left behind, when the
// Collector ends by itself or ctx is done first. A Collector that has started
// is independent of ctx: it runs until Stop or Kill.
func Start(ctx context.Context, set Settings) (*Process, error) {
	args := make([]string, 0, 2*len(set.Configs))
	for _, config := range set.Configs {
		args = append(args, "--config", config)
	}
	p, err := Launch(Command{Path: set.Binary, Args: args, Env: set.Env, Log: set.Log})
	if err != nil {
		return nil, err
	}
	if set.HealthURL == "" {
		return p, nil
	}
	if err := p.Await(ctx, healthy(set.HealthURL)); err != nil {
		_ = p.Kill() // the reason to give up says more than how it ended
		return nil, fmt.Errorf("collector did not become healthy: %w", err)
	}
	return p, nil
}

// healthy returns a check that passes when url answers with 200.
func healthy(url string) func(context.Context) error {
	client := &http.Client{Timeout: healthAttemptTimeout}
	return func(ctx context.Context) error {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
		if err != nil {
			return err
		}
		resp, err := client.Do(req)
		if err != nil {
			return err
		}
		defer func() { _ = resp.Body.Close() }()
		if resp.StatusCode != http.StatusOK {
			return fmt.Errorf("%s answered %s", url, resp.Status)
		}
		return nil
	}
}
