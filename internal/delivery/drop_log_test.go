// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package delivery

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/agentvisits/agentvisitsexporter/internal/telemetry"
)

func newDropLog() (*dropLog, *observer.ObservedLogs) {
	core, logs := observer.New(zap.InfoLevel)
	return &dropLog{logger: zap.New(core)}, logs
}

// said are the numbers of visits that the log speaks of.
func said(logs *observer.ObservedLogs) (visits []int64) {
	for _, entry := range logs.All() {
		visits = append(visits, entry.ContextMap()["visits"].(int64))
	}
	return visits
}

func TestADropIsSaidAtOnceAndTheNextOnesAtMostEvery10Seconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, logs := newDropLog()
		drop := func(n int) { l.add("Dropping.", telemetry.DropRejected, n, errors.New("why")) }
		drop(1)
		assert.Equal(t, []int64{1}, said(logs), "at once")
		drop(2)
		<-time.After(dropLogEvery - 1)
		drop(3)
		assert.Equal(t, []int64{1}, said(logs))
		<-time.After(1)
		drop(4)
		assert.Equal(t, []int64{1, 9}, said(logs), "with all since the last line")
		<-time.After(time.Hour)
		drop(5)
		assert.Equal(t, []int64{1, 9, 5}, said(logs))
		drop(6)
		l.flush()
		l.flush()
		assert.Equal(t, []int64{1, 9, 5, 6}, said(logs), "the end says the rest, once")
	})
}

func TestALineOfDropsSpeaksOfOneReason(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, logs := newDropLog()
		for range 3 {
			l.add("Dropping what is rejected.", telemetry.DropRejected, 1, errors.New("rejected"))
			l.add("Dropping what is too large.", telemetry.DropTooLarge, 10, errors.New("too large"), zap.Int("bytes", 7))
		}
		l.flush()
		sum := map[string]int64{}
		for _, entry := range logs.All() {
			fields := entry.ContextMap()
			sum[entry.Message+" "+fields["reason"].(string)+" "+fields["error"].(string)] += fields["visits"].(int64)
		}
		assert.Equal(t, map[string]int64{
			"Dropping what is rejected. " + telemetry.DropReasons[telemetry.DropRejected] + " rejected":   3,
			"Dropping what is too large. " + telemetry.DropReasons[telemetry.DropTooLarge] + " too large": 30,
		}, sum)
	})
}

func TestAShutdownSaysWhatWasDroppedLast(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newTestDelivery(t)
		d.poison()
		require.NoError(t, d.Push(t.Context(), newBatch(40, 3, 17, 31)))
		require.NoError(t, d.Shutdown(t.Context()))
		total := int64(0)
		for _, entry := range d.logs.FilterMessageSnippet("Dropping visits").All() {
			total += entry.ContextMap()["visits"].(int64)
		}
		assert.EqualValues(t, 3, total)
	})
}
