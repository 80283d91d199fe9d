// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package translate_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
	"github.com/agentvisits/agentvisitsexporter/internal/visit"
)

func TestALogRecordTellsItsDuration(t *testing.T) {
	for name, c := range map[string]struct {
		attributes map[string]any
		want       time.Duration
	}{
		"not at all":                       {nil, visit.UnknownDuration},
		"under a key that has the unit":    {map[string]any{"duration_us": 38_000}, 38 * time.Millisecond},
		"in a text that has the unit":      {map[string]any{"latency": "38ms"}, 38 * time.Millisecond},
		"in a text that has a word for it": {map[string]any{"latency": "38 milliseconds"}, 38 * time.Millisecond},
		"in milliseconds, as most":         {map[string]any{"latency": 38}, 38 * time.Millisecond},
		"in milliseconds with a fraction":  {map[string]any{"duration": 38.21}, 38210 * time.Microsecond},
		"in seconds, as zap":               {map[string]any{"latency": 0.038}, 38 * time.Millisecond},
		"in microseconds":                  {map[string]any{"latency": 38_000}, 38 * time.Millisecond},
		"in nanoseconds, as slog":          {map[string]any{"duration": 38_000_000}, 38 * time.Millisecond},
		"in seconds, by the other times":   {map[string]any{"duration": 1.5, "start_time": "2026-05-04T09:15:02.120Z", "timestamp": "2026-05-04T09:15:03.622Z"}, 1500 * time.Millisecond},
		"in nanoseconds, by other times":   {map[string]any{"duration": 20_000, "start_time": "2026-05-04T09:15:02.1200Z", "timestamp": "2026-05-04T09:15:02.12003Z"}, 20 * time.Microsecond},
		"in seconds, as Caddy":             {map[string]any{"duration": 0.038, "request.remote_port": "4711"}, 38 * time.Millisecond},
		"in nanoseconds, as Echo":          {map[string]any{"latency": 38_000_000, "latency_human": "38ms"}, 38 * time.Millisecond},
		"in more seconds than a clock has": {map[string]any{"duration": 1e10, "request.remote_port": "4711"}, 1 << 62},
		"with the unit and without":        {map[string]any{"latency": 99, "duration_ms": 38}, 38 * time.Millisecond},
		"in parts":                         {map[string]any{"connect": "1ms", "service": "37ms"}, 38 * time.Millisecond},
		"in parts of seconds":              {map[string]any{"aws.elb.request_processing_time": 0.001, "aws.elb.target_processing_time": 0.037}, 38 * time.Millisecond},
		"in parts, one of them unknown":    {map[string]any{"aws.elb.request_processing_time": 0.001, "aws.elb.target_processing_time": -1}, visit.UnknownDuration},
		"in parts, the first unknown":      {map[string]any{"connect": -1, "service": 37}, visit.UnknownDuration},
		"by its start and its end":         {map[string]any{"start_time": "2026-05-04T09:15:02.120Z", "timestamp": "2026-05-04T09:15:02.158Z"}, 38 * time.Millisecond},
		"by a start that is its end":       {map[string]any{"start_time": "2026-05-04T09:15:02.120Z", "timestamp": "2026-05-04T09:15:02.120Z"}, 0},
		"by an end that is before a start": {map[string]any{"start_time": "2026-05-04T09:15:02.158Z", "timestamp": "2026-05-04T09:15:02.120Z"}, visit.UnknownDuration},
		"negative, which is no duration":   {map[string]any{"duration_ms": -1}, visit.UnknownDuration},
		"by its end alone":                 {map[string]any{"timestamp": "2026-05-04T09:15:02.158Z"}, visit.UnknownDuration},
	} {
		t.Run(name, func(t *testing.T) {
			assert.Equal(t, c.want, translateRecord(t, requestRecord(t, c.attributes)).Duration)
		})
	}
}

func TestALogRecordTellsWhenTheRequestArrived(t *testing.T) {
	at := fixture.Truth.Start
	for name, c := range map[string]struct {
		attributes        map[string]any
		stamped, observed time.Time
		want              time.Time
	}{
		"under the start's key":                    {attributes: map[string]any{"start_time": "2026-05-04T09:15:02.120Z", "timestamp": "2026-05-04T09:15:09Z", "latency": 38}, want: at},
		"by its end and its duration":              {attributes: map[string]any{"timestamp": "2026-05-04T09:15:02.158Z", "latency": "38ms"}, want: at},
		"by its end alone, if the unit is a guess": {attributes: map[string]any{"timestamp": "2026-05-04T09:15:02.120Z", "latency": 38_000_000}, want: at},
		"by its end alone, if it took too long":    {attributes: map[string]any{"timestamp": "2026-05-04T09:15:02.120Z", "request_time": 38_000}, want: at},
		"by its end and up to an hour":             {attributes: map[string]any{"timestamp": "2026-05-04T10:15:02.120Z", "request_time": 3600}, want: at},
		"by its end, without a duration":           {attributes: map[string]any{"timestamp": "2026-05-04T09:15:02.120Z"}, want: at},
		"as Envoy, whose time is the start":        {attributes: map[string]any{"timestamp": "2026-05-04T09:15:02.120Z", "duration": 38, "response_flags": "-"}, want: at},
		"by the time of day and the day":           {attributes: map[string]any{"date": "2026-05-04", "time": "09:15:02.158", "time-taken": 38, "sc-status": 200, "sc-win32-status": 0}, want: at},
		"by the time of day in whole seconds":      {attributes: map[string]any{"date": "2026-05-04", "time": "09:15:03", "time-taken": 1900, "sc-win32-status": 0}, want: at.Truncate(time.Second)},
		"by a whole time under the key of the day": {attributes: map[string]any{"date": "2026-05-04T09:15:02.120Z"}, want: at},
		"not by the day's key if there is another": {attributes: map[string]any{"date": "2026-01-01T00:00:00.000Z", "timestamp": "2026-05-04T09:15:02.120Z"}, want: at},
		"by the day alone, which is too little":    {attributes: map[string]any{"date": "2026-05-03"}, stamped: at, want: at},
		"by the time of day alone, likewise":       {attributes: map[string]any{"time": "09:00:00"}, stamped: at, want: at},
		"by the record's time":                     {attributes: map[string]any{"latency": 38}, stamped: at, observed: fixture.Arrival, want: at},
		"by the record's time, as ELB at the end":  {attributes: map[string]any{"aws.elb.status.code": 200, "latency": "38ms"}, stamped: at.Add(38 * time.Millisecond), want: at},
		"by when the record was read":              {observed: at, want: at},
		"not at all":                               {want: fixture.Arrival},
	} {
		t.Run(name, func(t *testing.T) {
			record := requestRecord(t, c.attributes)
			if !c.stamped.IsZero() {
				record.SetTimestamp(pcommon.NewTimestampFromTime(c.stamped))
			}
			if !c.observed.IsZero() {
				record.SetObservedTimestamp(pcommon.NewTimestampFromTime(c.observed))
			}
			assert.Equal(t, c.want, translateRecord(t, record).Start.UTC())
		})
	}
}

// TestTimeWithAFractionOfZeroIsExact: nginx writes the milliseconds even if they are 0.
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
