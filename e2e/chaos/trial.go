// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package chaos

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/collector"
	"github.com/agentvisits/agentvisitsexporter/internal/dev/fakeapi"
)

// The credentials of the scenarios. No log may hold them.
const (
	accessToken = "token-that-must-stay-secret"
	wrongToken  = "mistyped-token-that-must-stay-secret"
	apiKey      = "key-that-must-stay-secret"
	siteID      = "01ARZ3NDEKTSV4RRFFQ69G5FAV"
)

// memoryLimit bounds the Collector's memory in each scenario.
const memoryLimit = 200 << 20

// logLimit bounds the Collector's log in a scenario, because no fault may flood the log.
const logLimit = 1 << 20

// settleLimit bounds how long a metric may take to show what has happened.
const settleLimit = 10 * time.Second

// trial is a run of a scenario: the load, the Collector, the stand-in for the API, and the
// proxies between them.
//
//	load ─► Collector ─► tcpProxy ─► httpProxy ─► api
//	  └────────────────── ledger ──────────────────┘
type trial struct {
	settings Settings
	ctx      context.Context
	random   *rand.Rand
	dir      string

	ledger    *ledger
	api       *fakeapi.API
	httpProxy *httpProxy
	tcpProxy  *tcpProxy

	configs []string
	gates   []string // the Collector's feature gates
	logFile string   // from which visits come, or empty
	env     map[string]string
	// wrapper is a command that runs the Collector, or empty.
	wrapper []string
	process *process
	// connection leads to the Collector. It is nil before connecting is done.
	connection export
	connecting sync.Once

	log    *collectorLog
	memory *peak

	// want is the expected result.
	want struct {
		duplicates bool           // whether duplicates are allowed
		dropped    map[string]int // by reason
		overflow   string         // a reason for which at least one visit must be dropped
	}
	counted counts // the metrics of processes that have ended
	// inexact is set if the final metrics of a process are unknown. Then only the ids
	// count.
	inexact bool

	mu       sync.Mutex
	failures []string
	result   Result
	cleanUps []func()
}

func newTrial(ctx context.Context, settings Settings) *trial {
	t := &trial{
		settings: settings, ctx: ctx,
		random: rand.New(rand.NewPCG(settings.Seed, 0)), //nolint:gosec // the random choices must be repeatable
		ledger: newLedger(), log: &collectorLog{}, memory: &peak{},
		env:     map[string]string{},
		counted: newCounts(),
	}
	t.want.dropped = map[string]int{}
	return t
}

// setUp prepares everything except the Collector, which start runs.
func (t *trial) setUp() {
	var err error
	t.dir, err = os.MkdirTemp("", "chaos")
	require.NoError(t, err)
	require.NoError(t, os.Mkdir(filepath.Join(t.dir, "queue"), 0o700))
	t.api = fakeapi.New(fakeapi.Settings{
		Sites: knownSites(), CountsOnly: true, OnVisit: t.ledger.arrive, OnRequest: t.ledger.answered,
	})
	t.httpProxy, err = newHTTPProxy(t.api)
	require.NoError(t, err)
	t.cleanUps = append(t.cleanUps, t.httpProxy.close)
	t.tcpProxy, err = newTCPProxy(t.httpProxy.address())
	require.NoError(t, err)
	t.cleanUps = append(t.cleanUps, t.tcpProxy.close)

	ports, err := collector.FreePorts(3)
	require.NoError(t, err)
	maps.Copy(t.env, map[string]string{
		"CHAOS_OTLP":     net.JoinHostPort("127.0.0.1", strconv.Itoa(ports[0])),
		"CHAOS_HEALTH":   net.JoinHostPort("127.0.0.1", strconv.Itoa(ports[1])),
		"CHAOS_METRICS":  strconv.Itoa(ports[2]),
		"CHAOS_ENDPOINT": "http://" + t.tcpProxy.address,
		"CHAOS_TOKEN":    accessToken,
		"CHAOS_API_KEY":  apiKey,
		"CHAOS_SITE":     siteID,
		"CHAOS_DIR":      t.dir,
	})
	t.configure("base.yaml", "quick.yaml")
}

// useDefaults leaves retries and batches at their defaults.
func (t *trial) useDefaults() {
	t.configs = slices.DeleteFunc(t.configs, func(path string) bool { return filepath.Base(path) == "quick.yaml" })
}

// size returns the number for the short or the full form.
func (t *trial) size(short, full int) int { return pick(t, short, full) }

// time returns the duration for the short or the full form.
func (t *trial) time(short, full time.Duration) time.Duration { return pick(t, short, full) }

func pick[T any](t *trial, short, full T) T {
	if t.settings.Full {
		return full
	}
	return short
}

// configure adds to the configuration. A part is the name of a file in configs, or YAML
// such as "exporters::agent_visits::timeout: 1s". A later part overrides an earlier one.
func (t *trial) configure(parts ...string) {
	for _, part := range parts {
		if !strings.HasSuffix(part, ".yaml") {
			t.configs = append(t.configs, "yaml:"+part)
			continue
		}
		text, err := configs.ReadFile("configs/" + part)
		require.NoError(t, err)
		path := filepath.Join(t.dir, part)
		require.NoError(t, os.WriteFile(path, text, 0o600))
		t.configs = append(t.configs, path)
	}
}

// eventually calls check until it returns nil. After the limit it fails with the last
// error.
func (t *trial) eventually(limit time.Duration, check func() error) {
	ctx, cancel := context.WithTimeout(t.ctx, limit)
	defer cancel()
	ticker := time.NewTicker(50 * time.Millisecond)
	defer ticker.Stop()
	for {
		err := check()
		if err == nil {
			return
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			require.NoError(t, err)
		}
	}
}

// sleep waits, for faults that depend on time.
func (t *trial) sleep(d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-t.ctx.Done():
		require.NoError(t, t.ctx.Err())
	}
}

// awaitDelivered waits until every acknowledged visit except poison is delivered.
func (t *trial) awaitDelivered() {
	require.NoError(t, t.ledger.awaitDelivered(t.ctx))
}

// awaitDeliveredWithin is awaitDelivered with a limit, which counts on a quiet machine.
func (t *trial) awaitDeliveredWithin(limit time.Duration) {
	begun := time.Now()
	t.awaitDelivered()
	t.onQuietMachine(func() {
		assert.LessOrEqual(t, time.Since(begun), limit, "time until all visits were delivered")
	})
}

// onQuietMachine runs checks of how long something takes, and of how much a slow line
// carries meanwhile. They need a machine that has time for all processes, so the short form,
// which runs beside other tests, leaves them out.
func (t *trial) onQuietMachine(check func()) {
	if t.settings.Full {
		check()
	}
}

// note adds to the last cell of the table.
func (t *trial) note(format string, args ...any) { t.result.Note = fmt.Sprintf(format, args...) }

// conclude stops the Collector and compares what happened with want.
func (t *trial) conclude() {
	if t.process.running() {
		t.reconcile()
		t.stop()
	}
	sum := t.ledger.sum()
	if t.inexact && sum.poison > 0 { // a killed process loses its counters
		t.counted.dropped["rejected"] = sum.poison
	}
	assert.Zero(t, sum.unknown, "visits with an unknown id")
	assert.Zero(t, sum.strays, "visits at another site, or with another host")
	assert.Zero(t, sum.accepted, "poison visits that the API has accepted")
	if !t.want.duplicates {
		assert.Zero(t, sum.duplicates, "duplicates")
	}
	overflow := t.counted.dropped[t.want.overflow]
	if t.want.overflow != "" {
		assert.Positive(t, overflow, "visits dropped as %s", t.want.overflow)
		t.want.dropped[t.want.overflow] = overflow
	}
	assert.Equal(t, t.want.dropped, t.counted.dropped, "dropped visits by reason")
	assert.Equal(t, overflow, sum.lost, "visits that are missing without a reason")
	assert.LessOrEqual(t, t.memory.bytes(), int64(memoryLimit), "peak memory")
	assert.LessOrEqual(t, t.log.size(), logLimit, "bytes of log")
	for _, secret := range []string{accessToken, wrongToken, apiKey} {
		assert.False(t, t.log.has(secret), "the log holds a credential")
	}
}

// measure fills in the result, also of a scenario that ended early.
func (t *trial) measure() {
	if t.process.running() {
		if now, err := t.scrape(); err == nil {
			t.counted.add(now)
		}
	}
	sum := t.ledger.sum()
	t.result.Visits, t.result.Delivered, t.result.Duplicates = sum.acknowledged, sum.delivered, sum.duplicates
	t.result.Dropped, t.result.Requests, t.result.PeakBytes = t.counted.dropped, t.requests(), t.memory.bytes()
	t.result.Delay = t.ledger.delay()
}

// requests is the number of HTTP requests that the exporter counts. If its counters are
// inexact, it is at least the number that arrived.
func (t *trial) requests() int {
	if !t.inexact {
		return t.counted.requests
	}
	return max(t.counted.requests, t.api.Counts(fakeapi.KnownAgents).Requests+t.api.Counts(fakeapi.Scrunch).Requests)
}

// reconcile waits until the Collector's metrics agree with the visits that arrived.
func (t *trial) reconcile() {
	if t.inexact {
		return
	}
	t.eventually(settleLimit, func() error {
		now, err := t.scrape()
		if err != nil {
			return err
		}
		now.add(t.counted)
		return t.ledger.sum().agree(now)
	})
}
