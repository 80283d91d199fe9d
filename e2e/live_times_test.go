// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"time"

	"github.com/stretchr/testify/assert"
)

// checkTimes compares a visit's times with those that the client measured.
func (l *live) checkTimes(from source, r *liveRequest, start time.Time, milliseconds *int) {
	l.t.Helper()
	if r == nil {
		return // requireSame reports this visit as not expected
	}
	assert.False(l.t, start.Before(r.sent.Add(-from.precision)), "%s: started at %v, sent at %v", r.Name, start, r.sent)
	assert.False(l.t, start.After(r.answered.Add(from.precision)), "%s: started at %v, answered at %v", r.Name, start, r.answered)
	if from.noDuration {
		assert.Nil(l.t, milliseconds, r.Name)
	} else if assert.NotNil(l.t, milliseconds, r.Name) {
		assert.LessOrEqual(l.t, time.Duration(*milliseconds-1)*time.Millisecond, time.Since(r.sent), r.Name)
	}
}
