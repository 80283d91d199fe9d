// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package collector

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// healthAttemptTimeout bounds one request to the health endpoint.
const healthAttemptTimeout = 2 * time.Second

// Settings configure a Collector's process.
type Settings struct {
	// Binary is the path of the Collector's executable. Required.
	Binary string
	// Configs are the Collector's configurations: paths of files, or "yaml:" followed
	// by YAML. A later one overrides an earlier one. At least one is required.
	Configs []string
	// Gates are feature gates to turn on.
	Gates []string
	// Env holds "NAME=value" entries that are added to this process's environment.
	Env []string
	// Log receives what the Collector prints; nil discards it. A separate goroutine
	// writes to it, but not after the Collector has ended.
	Log io.Writer
	// HealthURL is the URL of the Collector's health_check extension, such as
	// "http://127.0.0.1:13133". If it is empty, Start does not wait for health.
	HealthURL string
}

// Start runs the Collector and returns when it is healthy. It fails if the Collector
// ends by itself, or if ctx is done first. The error holds the last lines of the log,
// and no process is left behind. A started Collector is independent of ctx: it runs
// until Stop or Kill.
func Start(ctx context.Context, set Settings) (*Process, error) {
	args := make([]string, 0, 2*len(set.Configs))
	for _, config := range set.Configs {
		args = append(args, "--config", config)
	}
	if len(set.Gates) > 0 {
		args = append(args, "--feature-gates="+strings.Join(set.Gates, ","))
	}
	p, err := Launch(Command{Path: set.Binary, Args: args, Env: set.Env, Log: set.Log})
	if err != nil {
		return nil, err
	}
	if set.HealthURL == "" {
		return p, nil
	}
	if err := p.Await(ctx, healthy(set.HealthURL)); err != nil {
		_ = p.Kill() // the error below says more
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
