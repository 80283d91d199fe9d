// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package chaos

import (
	"bytes"
	"fmt"
	"strings"
	"sync"

	"github.com/stretchr/testify/assert"
)

// collectorLog keeps what the Collectors of a scenario print.
type collectorLog struct {
	mu   sync.Mutex
	text []byte
}

func (l *collectorLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.text = append(l.text, p...)
	return len(p), nil
}

func (l *collectorLog) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return string(l.text)
}

func (l *collectorLog) size() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.text)
}

// lines returns the lines that have the text.
func (l *collectorLog) lines(text string) []string {
	var lines []string
	for line := range strings.Lines(l.String()) {
		if strings.Contains(line, text) {
			lines = append(lines, line)
		}
	}
	return lines
}

func (l *collectorLog) has(text string) bool { return l.count(text) > 0 }

func (l *collectorLog) count(text string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return bytes.Count(l.text, []byte(text))
}

// Log messages that scenarios look for.
const (
	pausedMessage            = "Delivery is paused."
	unhealthyMessage         = "Visits cannot be delivered and wait in the queue."
	recoveredMessage         = "Visits are delivered again."
	rejectedMessage          = "Dropping visits that the API does not take."
	tooLargeMessage          = "The API refuses a body as too large"
	overflowMessage          = "Dropping new visits until the queue takes them again."
	acceptedWithErrorMessage = "names an error"
	overflowEndMessage       = "The queue takes visits again."
)

// awaitLogged waits until the log has a message this many times: what a counter tells may be logged
// a moment later.
func (t *trial) awaitLogged(message string, times int) {
	t.eventually(startLimit, func() error {
		if n := t.log.count(message); n < times {
			return fmt.Errorf("the log has %q %d times, and not %d", message, n, times)
		}
		return nil
	})
}

// assertLogged checks that the log has a message this many times, and not more.
func (t *trial) assertLogged(message string, times int) {
	t.awaitLogged(message, times)
	assert.Equal(t, times, t.log.count(message), "times that the log has %q", message)
}

// awaitUnhealthy waits until the exporter has logged that it cannot deliver without help.
func (t *trial) awaitUnhealthy() {
	t.awaitLogged(unhealthyMessage, 1)
}
