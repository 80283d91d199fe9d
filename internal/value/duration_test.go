// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package value

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestTheUnitOfADurationIsGuessedByItsForm(t *testing.T) {
	for name, c := range map[string]struct {
		number   float64
		measured time.Duration
		want     time.Duration
	}{
		"a small fraction":                  {0.038, 0, time.Second},
		"a very small fraction":             {0.000_929, 0, time.Second},
		"a fraction above one":              {38.21, 0, time.Millisecond},
		"zero":                              {0, 0, time.Millisecond},
		"a whole number":                    {38, 0, time.Millisecond},
		"half a minute of milliseconds":     {30_000, 0, time.Millisecond},
		"more than that":                    {38_000, 0, time.Microsecond},
		"half a second of microseconds":     {500_000, 0, time.Microsecond},
		"a large number":                    {38_000_000, 0, time.Nanosecond},
		"what the other times say":          {1.5, 1_600 * time.Millisecond, time.Second},
		"what the other times say of µs":    {38, 40 * time.Microsecond, time.Microsecond},
		"what the other times say of ns":    {20_000, 40 * time.Microsecond, time.Nanosecond},
		"nothing, if the other times agree": {38, -5 * time.Millisecond, time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			n := OfNumber(c.number)
			asMillis, _, ok := n.AsDuration(time.Millisecond)
			require.True(t, ok)
			assert.Equal(t, c.want, GuessUnit(asMillis, int64(c.measured)))
		})
	}
}

func FuzzDuration(f *testing.F) {
	for _, s := range []string{"38ms", "38.5 msec", "PT1M2.5S", "00:00:00.0381234", "1h2m3s", "9e99 seconds", "-1:0:0", "PT", "::"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if nanos, _, ok := Text(s).AsDuration(time.Second); ok {
			require.GreaterOrEqual(t, nanos, int64(0))
			require.Positive(t, GuessUnit(nanos, nanos/2))
		}
	})
}
