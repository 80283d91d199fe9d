// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fakeapi"
)

// rotations are the ways of Debian's packages, and others that people choose.
var rotations = map[string]rotation{
	"nginx-as-in-Debian":  {"nginx", "create 0640\n compress\n delaycompress"},
	"nginx-create":        {"nginx", "create 0640"},
	"nginx-compress":      {"nginx", "create 0640\n compress"},
	"nginx-copytruncate":  {"nginx", "copytruncate\n compress\n delaycompress"},
	"apache-as-in-Debian": {"apache", "create 0640\n compress\n delaycompress"},
	"apache-create":       {"apache", "create 0640"},
	"apache-compress":     {"apache", "create 0640\n compress"},
	"apache-copytruncate": {"apache", "copytruncate\n compress\n delaycompress"},
}

// disturbance is what happens while requests come.
type disturbance struct {
	happen func(*rotated)
	// mayDouble is set if lines may arrive twice.
	mayDouble bool
}

var disturbances = map[string]disturbance{
	"nothing": {happen: func(l *rotated) {
		for range 4 {
			l.await(700)
			l.rotate()
		}
		l.await(300)
	}},
	"the Collector stands still over a rotation": {happen: func(l *rotated) {
		l.await(700)
		l.stop()
		l.await(700)
		l.rotate()
		l.await(700)
		l.start()
		l.await(300)
	}},
	"SIGTERM": {happen: func(l *rotated) {
		for range 4 {
			l.await(500)
			l.stop()
			l.start()
			l.await(300)
			l.rotate()
		}
	}},
	"SIGKILL": {mayDouble: true, happen: func(l *rotated) {
		for range 4 {
			l.await(500)
			l.kill()
			l.start()
			l.await(300)
			l.rotate()
		}
	}},
	"SIGTERM with full queues": {happen: func(l *rotated) {
		for _, at := range bothDestinations {
			l.api.Script(at, fakeapi.Step{Status: 503, Times: fakeapi.Forever})
		}
		l.await(4000) // three times what a queue holds
		l.stop()
		for _, at := range bothDestinations {
			l.api.ClearScript(at)
		}
		l.start()
	}},
}

var bothDestinations = []fakeapi.Destination{fakeapi.KnownAgents, fakeapi.Scrunch}

func TestLiveRotationLosesNoLine(t *testing.T) {
	for name, how := range rotations {
		for what, d := range disturbances {
			if what != "nothing" && strings.HasSuffix(name, "-compress") {
				continue // docs/access-logs.md asks for delaycompress
			}
			t.Run(name+"/"+what, func(t *testing.T) {
				l := newRotated(t, how)
				l.begin()
				end := l.asking()
				d.happen(l)
				end()
				for _, at := range bothDestinations {
					doubled := l.requireAll(at)
					assert.True(t, doubled == 0 || d.mayDouble, "%d lines came twice at %s", doubled, at)
				}
				l.stop()
			})
		}
	}
}

// TestLiveADestinationThatIsDownDoesNotHoldTheOtherOneBack rotates the log while one API is
// down for longer than its queue lasts.
func TestLiveADestinationThatIsDownDoesNotHoldTheOtherOneBack(t *testing.T) {
	l := newRotated(t, rotations["nginx-as-in-Debian"])
	l.begin()
	l.api.Script(fakeapi.Scrunch, fakeapi.Step{Status: 503, Times: fakeapi.Forever})
	l.ask(4000)
	l.rotate()
	l.ask(1000)
	assert.Zero(t, l.requireAll(fakeapi.KnownAgents))
	assert.Empty(t, l.delivered(fakeapi.Scrunch))
	l.api.ClearScript(fakeapi.Scrunch)
	assert.Zero(t, l.requireAll(fakeapi.Scrunch))
	l.stop()
}
