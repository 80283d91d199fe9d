// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package chaos

import (
	"bytes"
	"fmt"

	"github.com/stretchr/testify/assert"
)

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return string(j.text)
}

func (j *journal) size() int {
	j.mu.Lock()
	defer j.mu.Unlock()
	return len(j.text)
}

func (j *journal) has(text string) bool { return j.count(text) > 0 }

func (j *journal) count(text string) int {
	j.mu.Lock()
	defer j.mu.Unlock()
	return bytes.Count(j.text, []byte(text))
}

// Messages of the exporter that scenarios look for.
const (
	retryMessage    = "Exporting failed. Will retry the request after interval."
	pausedMessage   = "Delivery is paused."
	illMessage      = "Visits cannot be delivered and wait in the queue."
	fineMessage     = "Visits are delivered again."
	notTakenMessage = "Dropping visits that the API does not take."
	tooLargeMessage = "The API refuses a body as too large"
	overflowMessage = "Dropping new visits until the queue takes them again."
	againMessage    = "The queue takes visits again."
)

// logged sees that the Collector has printed a message so many times.
func (t *trial) logged(message string, times int) {
	assert.Equal(t, times, t.log.count(message), "times that the log says %q", message)
}

// awaitIll waits until the Collector has said that it needs somebody's help.
func (t *trial) awaitIll() {
	t.eventually(startLimit, func() error {
		if !t.log.has(illMessage) {
			return fmt.Errorf("the log does not say %q", illMessage)
		}
		return nil
	})
}
