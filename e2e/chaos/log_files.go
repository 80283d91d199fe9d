// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package chaos

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

// In the logFiles scenarios, visits come from a log file that the Collector reads. A visit
// counts as acknowledged when its line is in the file.
var logFiles = []Scenario{
	{Name: "log file, SIGKILL at random moments under load", run: func(t *trial) {
		t.want.duplicates = true
		t.readLog()
		restarts(t, t.size(4, 20), t.kill)
	}},
	{Name: "log file, SIGTERM at random moments under load", run: func(t *trial) {
		t.readLog()
		restarts(t, t.size(2, 10), t.terminate)
	}},
	{Name: "log file, SIGTERM while the queue is full", run: func(t *trial) {
		t.readLog()
		t.configure("storage.yaml", "small_queue.yaml")
		t.tcpProxy.close()
		t.start()
		for range t.size(2, 5) {
			t.send(t.size(3_000, 10_000))
			t.sleep(time.Second) // until the queue is full
			t.terminate()
			t.start()
		}
		require.NoError(t, t.tcpProxy.open())
		t.awaitDelivered()
	}},
	{Name: "log file, renamed under load while the Collector stands still", run: func(t *trial) {
		t.readLog()
		t.configure("storage.yaml")
		t.start()
		for range t.size(2, 10) {
			t.send(1_000)
			t.terminate()
			t.send(1_000)
			require.NoError(t, os.Rename(t.logFile, t.logFile+".1"))
			t.send(1_000)
			t.start()
			t.awaitDelivered()
		}
	}},
	{Name: "log file, full disk, then space", run: func(t *trial) {
		t.readLog()
		t.configure("storage.yaml")
		d := t.mount("size=256k")
		t.tcpProxy.close()
		t.start()
		t.send(t.size(10_000, 40_000))
		t.sleep(time.Second) // until the disk is full
		require.NoError(t, t.tcpProxy.open())
		d.remount("size=64m")
		t.awaitDelivered()
	}},
	{Name: "log file for two destinations, one of them down", run: func(t *trial) {
		t.readLog()
		t.configure("storage.yaml", "log_file_down.yaml")
		t.start()
		t.send(t.size(10_000, 40_000))
		t.awaitDelivered()
	}},
}

// readLog makes a log file the source of all visits. The Collector must be started after it.
func (t *trial) readLog() {
	t.configure("log_file.yaml")
	t.gates = []string{"stanza.synchronousLogEmitter"}
	t.inexact = true // the counters say nothing of lines that are not read yet
	t.logFile = filepath.Join(t.dir, "access.log")
}

// appendPause bounds the load: each sender appends a payload in this time.
const appendPause = 50 * time.Millisecond

// appendLines appends a line in the combined format for each span to the log file.
func (t *trial) appendLines(_ context.Context, td ptrace.Traces) error {
	defer t.sleep(appendPause)
	var lines strings.Builder
	for _, rs := range td.ResourceSpans().All() {
		for _, ss := range rs.ScopeSpans().All() {
			for _, span := range ss.Spans().All() {
				text := func(key string) string { v, _ := span.Attributes().Get(key); return v.AsString() }
				fmt.Fprintf(&lines, "203.0.113.7 - - [%s] \"GET %s?%s HTTP/1.1\" 200 512 \"-\" \"%s\"\n",
					span.EndTimestamp().AsTime().Format("02/Jan/2006:15:04:05 -0700"), text("url.path"), text("url.query"), text("user_agent.original"))
			}
		}
	}
	log, err := os.OpenFile(t.logFile, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = log.WriteString(lines.String())
	return errors.Join(err, log.Close())
}
