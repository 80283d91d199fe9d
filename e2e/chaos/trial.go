// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package chaos

import (
	"context"
	"maps"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agentvisits/agentvisitsexporter/internal/collector"
	"github.com/agentvisits/agentvisitsexporter/internal/fakeapi"
)

// Credentials of the scenarios. They must be in no log.
const (
	accessToken = "token-that-must-stay-secret"
	wrongToken  = "mistyped-token-that-must-stay-secret"
	apiKey      = "key-that-must-stay-secret"
	siteID      = "01ARZ3NDEKTSV4RRFFQ69G5FAV"
)

// memoryLimit bounds the memory of the Collector in each scenario. Without
// load it takes about a third.
const memoryLimit = 400 << 20

// logLimit bounds what the Collector may print in a scenario, so that no fault
// floods the log.
const logLimit = 1 << 20

// settleTime is how long a metric may take to show what has happened.
const settleTime = 10 * time.Second

// trial is one run of a scenario: the visits, the Collector and what stands
// between it and the API.
//
//	load ─► Collector ─► proxy ─► front ─► api
//	  └───────────── ledger ────────────────┘
type trial struct {
	settings Settings
	ctx      context.Context
	random   *rand.Rand
	dir      string

	ledger *ledger
	api    *fakeapi.API
	front  *front
	proxy  *proxy

	configs []string
	env     map[string]string
	// around is a program that starts the Collector, with its arguments.
	around  []string
	process *running
	log     *journal
	memory  *peak

	// want is what the scenario must come to.
	want struct {
		duplicates bool           // some are expected
		dropped    map[string]int // by reason
		overflow   string         // a reason for which some visits, it does not matter how many, are to be dropped
	}
	counted counts // of processes that have ended
	// inexact is set when a process ended whose counters could not be read in
	// the end: ids are then all there is.
	inexact bool

	mu       sync.Mutex
	failures []string
	skipped  bool
	result   Result
	undo     []func()
}

func newTrial(ctx context.Context, settings Settings) *trial {
	t := &trial{
		settings: settings, ctx: ctx,
		random: rand.New(rand.NewPCG(settings.Seed, 0)), //nolint:gosec // random moments must be repeatable
		ledger: newLedger(), log: &journal{}, memory: &peak{},
		env:     map[string]string{},
		counted: newCounts(),
	}
	t.want.dropped = map[string]int{}
	return t
}

// setUp makes everything but the Collector, which start does.
func (t *trial) setUp() {
	var err error
	t.dir, err = os.MkdirTemp("", "chaos")
	require.NoError(t, err)
	require.NoError(t, os.Mkdir(filepath.Join(t.dir, "queue"), 0o700))
	t.api = fakeapi.New(fakeapi.Settings{
		AccessToken: accessToken, APIKey: apiKey, SiteID: siteID,
		CountsOnly: true, OnVisit: t.ledger.arrive, OnRequest: t.ledger.answered,
	})
	t.front, err = newFront(t.api)
	require.NoError(t, err)
	t.undo = append(t.undo, t.front.close)
	t.proxy, err = newProxy(t.front.address())
	require.NoError(t, err)
	t.undo = append(t.undo, t.proxy.close)

	ports, err := collector.FreePorts(3)
	require.NoError(t, err)
	maps.Copy(t.env, map[string]string{
		"CHAOS_OTLP":     net.JoinHostPort("127.0.0.1", strconv.Itoa(ports[0])),
		"CHAOS_HEALTH":   net.JoinHostPort("127.0.0.1", strconv.Itoa(ports[1])),
		"CHAOS_METRICS":  strconv.Itoa(ports[2]),
		"CHAOS_ENDPOINT": "http://" + t.proxy.address,
		"CHAOS_TOKEN":    accessToken,
		"CHAOS_API_KEY":  apiKey,
		"CHAOS_SITE":     siteID,
		"CHAOS_DIR":      t.dir,
	})
	t.configure("base.yaml")
}

// times is a number for the short form and one for the full.
func (t *trial) times(short, full int) int {
	if t.settings.Full {
		return full
	}
	return short
}

// configure merges a file of configs over the configuration, or a YAML text
// such as "exporters::agent_visits::timeout: 1s".
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

// eventually returns when check does without an error. It fails with its last
// answer when the limit is over.
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

// pass waits for a span of time, for faults that are a matter of time.
func (t *trial) pass(d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-t.ctx.Done():
		require.NoError(t, t.ctx.Err())
	}
}

// delivered waits until every acknowledged visit that the API takes is there.
func (t *trial) delivered() {
	require.NoError(t, t.ledger.wait(t.ctx, 0))
}

// conclude fills in the result and compares it with what is wanted.
func (t *trial) conclude() {
	if t.process.Running() {
		t.reconcile()
		t.stop()
	}
	sum := t.ledger.sum()
	if t.inexact && sum.poison > 0 { // a process that is killed counts no more
		t.counted.dropped["rejected"] = sum.poison
	}
	t.result = Result{
		Visits: sum.acknowledged, Delivered: sum.delivered, Duplicates: sum.duplicates,
		Dropped: t.counted.dropped, Requests: t.requests(), PeakBytes: t.memory.bytes(),
	}
	assert.Zero(t, sum.unknown, "visits that nobody sent")
	assert.Zero(t, sum.accepted, "poison that the API has taken")
	if !t.want.duplicates {
		assert.Zero(t, sum.duplicates, "duplicates")
	}
	overflow := t.counted.dropped[t.want.overflow]
	if t.want.overflow != "" {
		assert.Positive(t, overflow, "visits dropped as %s", t.want.overflow)
		t.want.dropped[t.want.overflow] = overflow
	}
	assert.Equal(t, t.want.dropped, t.counted.dropped, "dropped, by reason")
	assert.Equal(t, overflow, sum.lost, "visits that could be delivered and are missing")
	assert.LessOrEqual(t, t.result.PeakBytes, int64(memoryLimit), "peak memory")
	assert.LessOrEqual(t, t.log.size(), logLimit, "bytes of log")
	for _, secret := range []string{accessToken, wrongToken, apiKey} {
		assert.False(t, t.log.has(secret), "the log holds a credential")
	}
}

// requests are the HTTP requests that were made; if they are not known, those
// that arrived.
func (t *trial) requests() int {
	if !t.inexact {
		return t.counted.requests
	}
	return max(t.counted.requests, t.api.Counts(fakeapi.KnownAgents).Requests+t.api.Counts(fakeapi.Scrunch).Requests)
}

// reconcile waits until the Collector's metrics agree with what arrived.
func (t *trial) reconcile() {
	if t.inexact {
		return
	}
	t.eventually(settleTime, func() error {
		now, err := t.scrape()
		if err != nil {
			return err
		}
		now.add(t.counted)
		return t.ledger.sum().agree(now)
	})
}
