// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fakeapi"
	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
)

func TestAfterCtrlCTheNextRunGoesOn(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	s := newSite(t, fakeapi.Settings{OnVisit: func(v fakeapi.Visit) {
		if v.Scrunch.Path == "/line/3333" {
			stop()
		}
	}})
	s.put("access.log.1.gz", gzipped(t, s.more(5000)))
	s.put("access.log", s.more(15_000))
	code, printed := s.run(ctx)
	assert.Equal(t, exitStopped, code, printed)
	assert.Contains(t, printed, "The same command goes on where it stopped.")
	assert.Less(t, len(s.delivered()), 20_000)
	code, printed = s.run(t.Context())
	assert.Zero(t, code, printed)
	s.requireEachOnce(20_000)
}

// startAndKill starts the program and kills it when the API has the line.
func (s *site) startAndKill(kill <-chan struct{}) {
	program := exec.Command(os.Args[0]) //nolint:noctx // the test kills it
	program.Env = append(os.Environ(), "DELIVER_ARGS="+strings.Join(s.args(), "\n"))
	require.NoError(s.t, program.Start())
	<-kill
	require.NoError(s.t, program.Process.Kill())
	_ = program.Wait() // it was killed
}

func TestAfterAKillNothingComesTwiceAndWhatIsInDoubtIsSaid(t *testing.T) {
	kill, once := make(chan struct{}), sync.Once{}
	s := newSite(t, fakeapi.Settings{OnVisit: func(v fakeapi.Visit) {
		if v.Scrunch.Path == "/line/4321" {
			once.Do(func() { close(kill) })
		}
	}})
	s.put("access.log", s.more(12_000))
	s.startAndKill(kill)
	code, printed := s.run(t.Context())
	assert.Equal(t, exitFault, code, printed)
	assert.Contains(t, printed, "are in doubt: -again delivers them")
	times := s.delivered()
	requireOnce(t, times) // more may come: the API still reads what the killed program sent
	assert.GreaterOrEqual(t, len(times), 12_000-maxLanes*chunkLines, "what is in doubt is what was on its way")

	code, printed = s.run(t.Context(), "-again")
	assert.Zero(t, code, printed)
	twice := 0
	for _, n := range s.delivered() {
		if n > 1 {
			twice++
		}
	}
	assert.Equal(t, 12_000, len(s.delivered())) //nolint:testifylint // Len would print thousands of paths
	assert.LessOrEqual(t, twice, maxLanes*chunkLines)
}

func TestAnAPIThatIsDownEndsTheRunAndTheNextOneDeliversAll(t *testing.T) {
	s := newSite(t, fakeapi.Settings{})
	s.configure("    retry_on_failure: {enabled: false}\n")
	s.put("collector.yaml", strings.Replace(fixture.ReadFile(t, s.path("collector.yaml")), "    retry_on_failure: {initial_interval: 100ms, max_interval: 200ms}\n", "", 1))
	s.put("access.log", s.more(9000))
	s.api.Script(fakeapi.Scrunch, fakeapi.Step{Times: 3, Store: true, Status: http.StatusAccepted}, fakeapi.Step{Times: 1000, Status: http.StatusServiceUnavailable})
	code, printed := s.run(t.Context())
	assert.Equal(t, exitFault, code, printed)
	s.api.ClearScript(fakeapi.Scrunch)
	code, printed = s.run(t.Context())
	assert.Zero(t, code, printed)
	s.requireEachOnce(9000)
}

// TestLinesSentWithOnesThatTheAPIHasAreInDoubt though the API has certainly refused them, as docs/replay.md says.
func TestLinesSentWithOnesThatTheAPIHasAreInDoubt(t *testing.T) {
	s := newSite(t, fakeapi.Settings{})
	s.put("collector.yaml", strings.Replace(fixture.ReadFile(t, s.path("collector.yaml")), "{initial_interval: 100ms, max_interval: 200ms}", "{enabled: false}", 1))
	s.put("access.log", s.more(1000))
	s.api.Script(fakeapi.Scrunch, fakeapi.Step{Status: http.StatusBadRequest}, fakeapi.Step{}, fakeapi.Step{Times: fakeapi.Forever, Status: http.StatusUnauthorized})
	code, printed := s.run(t.Context())
	assert.Equal(t, exitFault, code, printed)
	assert.Len(t, s.delivered(), 1)
	s.api.ClearScript(fakeapi.Scrunch)
	code, printed = s.run(t.Context())
	assert.Equal(t, exitFault, code, printed)
	assert.Contains(t, printed, "were being sent when an earlier run ended, and are in doubt")
	assert.Len(t, s.delivered(), 1)
	code, printed = s.run(t.Context(), "-again")
	assert.Zero(t, code, printed)
	assert.Equal(t, 1000, len(s.delivered())) //nolint:testifylint // Len would print thousands of paths
}

func TestWhatTheAPIDoesNotAnswerBeforeTheEndIsInDoubt(t *testing.T) {
	s := newSite(t, fakeapi.Settings{})
	s.put("access.log", s.more(2000))
	hang := make(chan struct{})
	s.api.Script(fakeapi.Scrunch, fakeapi.Step{Times: 100, Hang: hang})
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	o, err := parse(s.args(), io.Discard)
	require.NoError(t, err)
	d, err := prepare(ctx, &o, nil, io.Discard)
	require.NoError(t, err)
	d.grace = time.Millisecond
	go func() {
		assert.NoError(t, s.api.WaitRequests(ctx, fakeapi.Scrunch, 1)) // of two chunks one is on its way
		stop()
	}()
	require.ErrorIs(t, d.run(ctx), context.Canceled)
	assert.Positive(t, d.totals.doubtful)
	assert.Less(t, d.totals.doubtful, int64(len(fixture.ReadFile(t, s.path("access.log")))), "the other chunk was not sent")
	close(hang)
	s.api.ClearScript(fakeapi.Scrunch)
	code, printed := s.run(t.Context())
	assert.Equal(t, exitFault, code)
	assert.Contains(t, printed, "are in doubt")
	times := s.delivered() // with what was in doubt, or without it
	assert.GreaterOrEqual(t, len(times), 1000)
	for path, n := range times {
		require.Equal(t, 1, n, path)
	}
}

// TestARejectedVisitIsLostAloneAndSaid: its line counts as delivered, as docs/replay.md says.
func TestARejectedVisitIsLostAloneAndSaid(t *testing.T) {
	s := newSite(t, fakeapi.Settings{})
	s.put("access.log", s.more(1500))
	s.api.RejectVisits(fakeapi.Scrunch, func(v fakeapi.Visit) bool { return v.Scrunch.Path == "/line/77" })
	code, printed := s.run(t.Context())
	assert.Equal(t, exitFault, code, printed)
	assert.Regexp(t, `1  visits lost: rejected`, printed)
	s.requireEachOnce(1499)
	s.api.RejectVisits(fakeapi.Scrunch, nil)
	code, printed = s.run(t.Context())
	assert.Zero(t, code, printed)
	s.requireEachOnce(1499)
}
