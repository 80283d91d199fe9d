// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package value

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
	"github.com/agentvisits/agentvisitsexporter/internal/visit"
)

// TestDecimalsAreExact compares times and durations of decimals with those of
// floating-point numbers.
func TestDecimalsAreExact(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	texts := []string{"0", "0.038", "1777886102.158", "1777886102.000", "1777886102", "1777886102158", "99999999999.5", "100000000000.5", "0.1234567891", ".5", "1.", "1e3", "-1", "1.5s"}
	for range 100_000 {
		digits := strconv.FormatUint(random.Uint64()>>random.IntN(64), 10)
		at := random.IntN(len(digits) + 1)
		texts = append(texts, digits, digits[:at]+"."+digits[at:], fmt.Sprintf("%d.%0*d", 1_700_000_000+random.IntN(1e8), 1+random.IntN(5), random.IntN(10)))
	}
	durations, times := 0, 0
	for _, text := range texts {
		if _, _, ok := parseDecimal(text); !ok {
			continue
		}
		number, err := strconv.ParseFloat(text, 64)
		require.NoError(t, err, text)
		double := OfNumber(number)
		for _, unit := range []time.Duration{time.Second, time.Millisecond, time.Microsecond, time.Nanosecond} {
			want, _, wanted := double.AsDuration(unit)
			got, hasUnit, ok := Text(text).AsDuration(unit)
			require.Equal(t, wanted, ok, text)
			require.False(t, hasUnit, text)
			if ok {
				require.InDelta(t, want, got, float64(want)*1e-15, "%s of %s", text, unit)
				durations++
			}
		}
		want, _, wanted := double.AsTimestamp()
		got, precision, ok := Text(text).AsTimestamp()
		require.Equal(t, wanted, ok, text)
		if !ok {
			continue
		}
		require.InDelta(t, want, got, 2000, text)
		require.Equal(t, strings.Contains(text, ".") || number >= 1e11, precision == "", text)
		times++
	}
	require.Greater(t, durations, 50_000)
	require.Greater(t, times, 50_000)
	got, _, _ := Text("1777886102158.5").AsTimestamp()
	require.Equal(t, int64(1777886102158500000), got)
}

func TestDurationIsReadInEveryShape(t *testing.T) {
	for _, c := range []struct {
		raw  any
		unit time.Duration
		want time.Duration // visit.UnknownDuration: none
	}{
		{38, time.Millisecond, 38 * time.Millisecond},
		{0.038, time.Second, 38 * time.Millisecond},
		{"0.038", time.Second, 38 * time.Millisecond},
		{38000000, time.Nanosecond, 38 * time.Millisecond},
		{"38ms", time.Second, 38 * time.Millisecond},
		{"38.5 ms", time.Second, 38500 * time.Microsecond},
		{"0.45s", time.Millisecond, 450 * time.Millisecond},
		{"12µs", time.Second, 12 * time.Microsecond},
		{"38.5 msec", time.Second, 38500 * time.Microsecond},
		{"0.038 seconds", time.Millisecond, 38 * time.Millisecond},
		{"38 milliseconds", time.Second, 38 * time.Millisecond},
		{"PT0.038S", time.Millisecond, 38 * time.Millisecond},
		{"PT1M2.5S", time.Millisecond, 62500 * time.Millisecond},
		{"00:00:00.0381234", time.Millisecond, 38123400},
		{"01:02:03", time.Millisecond, time.Hour + 2*time.Minute + 3*time.Second},
		{"00:00", time.Second, visit.UnknownDuration},
		{"0:-1:0", time.Second, visit.UnknownDuration},
		{"9999999999:0:0", time.Second, visit.UnknownDuration},
		{"seconds", time.Second, visit.UnknownDuration},
		{"-5 seconds", time.Second, visit.UnknownDuration},
		{"PT", time.Second, visit.UnknownDuration},
		{0, time.Second, 0},
		{"0.000", time.Second, 0},
		{-1, time.Millisecond, visit.UnknownDuration},
		{-2e-12, time.Second, visit.UnknownDuration},
		{"-2e-12", time.Second, visit.UnknownDuration},
		{"-", time.Second, visit.UnknownDuration},
		{"-5ms", time.Second, visit.UnknownDuration},
		{math.Inf(1), time.Second, visit.UnknownDuration},
		{"fast", time.Second, visit.UnknownDuration},
		{int64(math.MaxInt64), time.Second, visit.UnknownDuration},
	} {
		t.Run(fmt.Sprintf("%T %[1]v in %s", c.raw, c.unit), func(t *testing.T) {
			got, _, ok := valueFrom(t, c.raw).AsDuration(c.unit)
			assert.Equal(t, c.want != visit.UnknownDuration, ok)
			if ok {
				assert.Equal(t, c.want, time.Duration(got))
			}
		})
	}
}

func TestTimeIsReadInEveryShape(t *testing.T) {
	at := fixture.Truth.Start
	for _, c := range []struct {
		raw  any
		want time.Time
	}{
		{1777886102, at.Truncate(time.Second)},
		{1777886102.12, at},
		{"1777886102.120", at},
		{1777886102120, at},
		{"1777886102120", at},
		{1777886102120000, at},
		{1777886102120000000, at},
		{1777886102.3049998, at.Truncate(time.Second).Add(305 * time.Millisecond)},
		{"2026-05-04T09:15:02.120Z", at},
		{"2026-05-04T11:15:02.12+02:00", at},
		{"2026-05-04T09:15:02.120+0000", at},
		{"2026-05-04T09:15:02.120", at},
		{"2026-05-04 09:15:02.120", at},
		{"2026-05-04 09:15:02.12 +0000 UTC", at},
		{"04/May/2026:09:15:02 +0000", at.Truncate(time.Second)},
		{"[04/May/2026:11:15:02 +0200]", at.Truncate(time.Second)},
		{"04/May/2026:09:15:02.120 +0000", at},
		{0, time.Time{}},
		{-1, time.Time{}},
		{"-", time.Time{}},
		{"yesterday", time.Time{}},
		{math.NaN(), time.Time{}},
		{1e300, time.Time{}},
		{20000000000, time.Time{}}, // after 2262
		{20000000000.25, time.Time{}},
		{"20000000000", time.Time{}},
		{20000000000000, time.Time{}},
		{"20000000000000.5", time.Time{}},
		{"0001-01-01T00:00:00Z", time.Time{}},
		{"9999-12-31T23:59:59Z", time.Time{}},
		{200, time.Time{}},
	} {
		t.Run(fmt.Sprintf("%T %[1]v", c.raw), func(t *testing.T) {
			got, ok := valueFrom(t, c.raw).AsTime()
			assert.Equal(t, !c.want.IsZero(), ok)
			if ok {
				assert.WithinDuration(t, c.want, time.Unix(0, got), time.Microsecond)
			}
		})
	}
}
