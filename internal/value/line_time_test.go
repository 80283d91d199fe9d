// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package value

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var halfPast = time.Date(2026, time.May, 4, 9, 15, 2, 0, time.UTC)

func TestTimesOfLinesAreReadInEveryForm(t *testing.T) {
	for text, want := range map[string]time.Duration{ // after halfPast
		"04/May/2026:09:15:02 +0000":        0,
		"4/May/2026:09:15:02 +0000":         0,
		"04/May/2026:11:15:02 +0200":        0,
		"04/May/2026:11:15:02 +02:00":       0,
		"04/May/2026:11:15:02  +02":         0,
		"04/May/2026:04:45:02 -0430":        0,
		"04/May/2026:09:15:02.120 +0000":    120 * time.Millisecond,
		"04/May/2026:09:15:02 UTC":          0,
		"04/May/2026:11:15:02":              0, // in the given zone
		"04/May/2026:11:15:02 ":             0,
		"04/May/2026 11:15:02":              0,
		"04/mai/2026:09:15:02 +0000":        0,
		"04/maj/2026:09:15:02 +0000":        0,
		"05/04/2026:09:15:02 -0000":         0,
		"2026-05-04T09:15:02Z":              0,
		"2026-05-04T09:15:02.158734Z":       158734 * time.Microsecond,
		"2026-05-04T09:15:02,158+0000":      158 * time.Millisecond,
		"2026-05-04T11:15:02+02:00":         0,
		"2026-05-04 11:15:02":               0,
		"2026-05-04 11:15:02,120":           120 * time.Millisecond,
		"2026-05-04 09:15:02.084402100 UTC": 84402100 * time.Nanosecond,
		"2026-05-04_11:15:02":               0,
		"2026/05/04 11:15:02":               0,
		"2026/05/04 - 11:15:02":             0,
		"Mon May  4 11:15:02 2026":          0,
		"Mon May 04 11:15:02 2026":          0,
		"Mon, 04 May 2026 09:15:02 GMT":     0,
		"Mon, 4 May 2026 09:15:02 GMT":      0,
		"1777886102":                        0,
		"1777886102.120":                    120 * time.Millisecond,
	} {
		t.Run(text, func(t *testing.T) {
			got, ok := ParseLineTime(text, time.FixedZone("", 2*60*60))
			require.True(t, ok)
			assert.Equal(t, halfPast.Add(want), time.Unix(0, got.Nanos).UTC())
			assert.Equal(t, want == 0, got.WholeSeconds)
		})
	}
}

func TestMonthsAreReadInOtherLanguages(t *testing.T) {
	for month, names := range [...][]string{
		1: {"Jan", "janv.", "Ene", "gen"}, 2: {"févr.", "Feb", "feb."}, 3: {"mars", "Mär", "mrt"}, 4: {"avr.", "abr"},
		5: {"mai", "mag", "Mei"}, 6: {"juin", "giu"}, 7: {"juil.", "lug"}, 8: {"août", "ago"},
		9: {"sept.", "set"}, 10: {"oct.", "Okt", "ott"}, 11: {"nov."}, 12: {"déc.", "Dez", "dic"},
	} {
		for _, name := range names {
			assert.Equal(t, month, monthOf(name), name)
		}
	}
	for _, name := range []string{"", "x", "foo", "12"} {
		assert.Zero(t, monthOf(name), name)
	}
}

func TestATimeThatCannotBeAVisitsIsStillATime(t *testing.T) {
	for _, text := range []string{
		"01/Jan/1970:00:00:00 +0000", "01/Jan/2300:00:00:00 +0000", "1970-01-01T00:00:00Z", "2300-01-01T00:00:00Z", "31/Dec/1999:23:59:59 +0000",
		"9999-12-31T23:59:59Z", "Thu Jan  1 00:00:00 1970",
	} {
		t.Run(text, func(t *testing.T) {
			got, ok := ParseLineTime(text, time.UTC)
			assert.True(t, ok)
			assert.Zero(t, got.Nanos)
		})
	}
}

func TestOtherTextsAreNoTimes(t *testing.T) {
	for _, text := range []string{
		"", "-", "12345", "203.0.113.9", "2026-05-04", "09:15:02", "04/May/2026", "04/Foo/2026:09:15:02 +0000", "99/May/2026:09:15:02 +0000",
		"31/Feb/2026:09:15:02 +0000", "04/May/2026:24:15:02 +0000", "04/May/2026:09:60:02 +0000", "04/May/2026:09:15:02 +2500", "04/May/2026:09:15:02 x",
		"04/May/26:09:15:02 +0000", "04/May/2026-09:15:02", "2026-05/04T09:15:02Z", "2026-05-04T09:15:02Zx", "2026-13-04T09:15:02Z", "Mon Foo  4 09:15:02 2026", "Mon, 04 May 26 09:15:02", "Mon, 04 May 2026", "Mon,            ",
		"1777886102.", "GET /index.html HTTP/1.1", "04/05/2026/09:15:02",
	} {
		t.Run(text, func(t *testing.T) {
			_, ok := ParseLineTime(text, time.UTC)
			assert.False(t, ok)
		})
	}
}

// FuzzLineTime compares ParseLineTime with package time, where both know the form.
func FuzzLineTime(f *testing.F) {
	f.Add("04/May/2026:09:15:02 +0200")
	f.Add("2026-05-04T09:15:02.158Z")
	f.Add("Mon May  4 09:15:02 2026")
	f.Add("Mon, 04 May 2026 09:15:02 GMT")
	f.Fuzz(func(t *testing.T, text string) {
		got, ok := ParseLineTime(text, time.UTC)
		for _, layout := range []string{"02/Jan/2006:15:04:05 -0700", time.RFC3339Nano, time.ANSIC, time.RFC1123} {
			want, err := time.Parse(layout, text)
			if err != nil || !isPossible(want) || len(text) > maxLineTime {
				continue
			}
			require.True(t, ok, text)
			require.Equal(t, want.UnixNano(), got.Nanos, text)
		}
	})
}

func BenchmarkParseLineTime(b *testing.B) {
	for b.Loop() {
		ParseLineTime("04/May/2026:09:15:02 +0000", time.UTC)
	}
}
