// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package translate_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
	"github.com/agentvisits/agentvisitsexporter/internal/dev/translation"
	"github.com/agentvisits/agentvisitsexporter/internal/translate"
	"github.com/agentvisits/agentvisitsexporter/internal/visit"
)

func translateRecord(t *testing.T, record plog.LogRecord) fixture.Observed {
	t.Helper()
	v, skip := translation.New(translate.Config{}).LogRecord(record)
	require.Equal(t, visit.SkipReasons[visit.NotSkipped], visit.SkipReasons[skip])
	return translation.Observe(v)
}

// TestTimeWithAFractionOfZeroIsExact: nginx writes milliseconds even if they are 0.
func TestTimeWithAFractionOfZeroIsExact(t *testing.T) {
	record := fixture.NginxRecord()
	record.Attributes().PutStr("msec", "1777886102.000")
	record.Attributes().PutStr("request_time", "0.260")
	assert.Equal(t, int64(1777886101_740_000_000), translateRecord(t, record).Start.UnixNano())
}

// TestTimeInWholeSecondsIsTakenBackByWholeSeconds: the fraction of the time is cut
// off, so the fraction of the duration must be too.
func TestTimeInWholeSecondsIsTakenBackByWholeSeconds(t *testing.T) {
	record := fixture.NginxRecord()
	record.Attributes().Remove("msec")
	record.Attributes().PutStr("time_local", "04/May/2026:09:15:02 +0000")
	record.Attributes().PutStr("request_time", "2.900")
	assert.Equal(t, fixture.Truth.Start.Truncate(time.Second).Add(-2*time.Second), translateRecord(t, record).Start.UTC())
}
