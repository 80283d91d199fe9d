// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package destination

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agentvisits/agentvisitsexporter/internal/value"
)

// cleaned is what a text is sent as: characters that no header can have, and bytes
// that are no UTF-8, are U+FFFD each.
func cleaned(s string) string {
	var out strings.Builder
	for _, r := range s {
		if r < ' ' && r != '\t' || r == 0x7f {
			r = '\uFFFD'
		}
		out.WriteRune(r)
	}
	return out.String()
}

// requireJSONText checks one JSON string: what it decodes to, and that it holds
// nothing that could break a line.
func requireJSONText(t *testing.T, s string, limit int) {
	t.Helper()
	out, cut := appendText([]byte(`before"`), s, limit)
	text := strings.TrimPrefix(string(out), "before")
	require.True(t, utf8.ValidString(text))
	require.LessOrEqual(t, len(text), limit+len(`""`))
	require.False(t, strings.ContainsAny(text, "\n\r\u0085\u2028\u2029"))

	var decoded string
	require.NoError(t, json.Unmarshal([]byte(text), &decoded))
	if !cut {
		require.Equal(t, cleaned(s), decoded)
		return
	}
	require.True(t, strings.HasPrefix(cleaned(s), decoded))
	require.Less(t, len(decoded), len(cleaned(s)))
	require.Greater(t, len(text), limit-len(`\u2028`), "no more is cut than must be")
}

var texts = []string{
	"", "a", "Mozilla/5.0 (compatible; GPTBot/1.2; +https://openai.com/gptbot)",
	`"quoted"`, `back\slash`, `\`, `\\"`, "a/b", "<script>&amp;'</script>",
	"tab\there", "line\nbreak", "carriage\r\nreturn", "nul\x00", "escape\x1b[31m", "\x7fdelete", "\x1f",
	"\u0085next line", "\u009f", "\u00a0", "\u2028line", "\u2029paragraph", "\ufeffmark", "\ufffd", "\uffff", "\U0010ffff",
	"Grüße", "日本語", "🦙", "e\u0301", "\u202eright to left",
	"\xff", "\xc3", "\xe2\x80", "\xe2\x80a", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xc0\xaf", "a\xffb\xfec",
	strings.Repeat("x", 100), strings.Repeat(`"`, 100), strings.Repeat("日", 100), strings.Repeat("\u2028", 20), strings.Repeat("\xff", 40),
}

func TestTextDecodesToWhatWasPutIn(t *testing.T) {
	for _, s := range texts {
		for _, limit := range []int{1000, 100, 99, 60, 13, 6, 5, 4, 3, 2, 1, 0} {
			t.Run(fmt.Sprintf("%.20q within %d", s, limit), func(t *testing.T) {
				requireJSONText(t, s, limit)
			})
		}
	}
}

func TestTextOnTheWire(t *testing.T) {
	for s, want := range map[string]string{
		"plain":          `"plain"`,
		`a"b\c`:          `"a\"b\\c"`,
		"a\tb\x00c\x7fd": "\"a\\tb\uFFFDc\uFFFDd\"",
		"\u0085\u009f":   `"\u0085\u009F"`,
		"\u2028\u2029":   `"\u2028\u2029"`,
		"</é>&\xff":      "\"</é>&\uFFFD\"",
	} {
		out, cut := appendText([]byte{'"'}, s, 100)
		assert.Equal(t, want, string(out))
		assert.False(t, cut)
	}
}

func TestTextIsCutAtTheEndOfACharacter(t *testing.T) {
	for _, c := range []struct {
		s     string
		limit int
		want  string
		cut   bool
	}{
		{"abc", 3, `"abc"`, false},
		{"abcd", 3, `"abc"`, true},
		{"é", 2, `"é"`, false},
		{"aé", 2, `"a"`, true},
		{`a"`, 3, `"a\""`, false},
		{`a"`, 2, `"a"`, true},
		{"🦙🦙", 7, `"🦙"`, true},
		{"\u2028", 5, `""`, true},
		{"abc", 0, `""`, true},
		{"", 0, `""`, false},
	} {
		out, cut := appendText([]byte{'"'}, c.s, c.limit)
		assert.Equal(t, c.want, string(out))
		assert.Equal(t, c.cut, cut, "%q within %d", c.s, c.limit)
	}
}

func FuzzAppendText(f *testing.F) {
	for _, s := range texts {
		f.Add(s, uint16(50))
	}
	f.Fuzz(func(t *testing.T, s string, limit uint16) {
		requireJSONText(t, s, int(limit))
	})
}

func TestSecondsHaveUpToThreeDecimals(t *testing.T) {
	for _, c := range []struct {
		seconds, nanos int64
		want           string
	}{
		{1777886102, 0, "1777886102"},
		{1777886102, 120e6, "1777886102.12"},
		{1777886102, 100e6, "1777886102.1"},
		{1777886102, 1e6, "1777886102.001"},
		{1777886102, 10e6, "1777886102.01"},
		{1777886102, 999e6, "1777886102.999"},
		{1777886102, 999_999_999, "1777886102.999"},
		{1777886102, 999_999, "1777886102"},
		{946684800, 0, "946684800"},
		{4102444799, 5e6, "4102444799.005"},
		{9e9, 0, "9000000000"},
	} {
		assert.Equal(t, c.want, string(appendSeconds(nil, time.Unix(c.seconds, c.nanos).UnixNano())))
	}
}

var secondsForm = regexp.MustCompile(`^[1-9][0-9]*(\.[0-9]{0,2}[1-9])?$`)

// requireTimes checks both forms of a time against the standard library.
func requireTimes(t *testing.T, at time.Time) {
	t.Helper()
	seconds := string(appendSeconds(nil, at.UnixNano()))
	require.Regexp(t, secondsForm, seconds)
	var number json.Number
	require.NoError(t, json.Unmarshal([]byte(seconds), &number))
	back, err := number.Float64()
	require.NoError(t, err)
	require.Equal(t, at.UnixMilli(), int64(back*1000+0.5))

	text := string(appendTimestamp(nil, at.UnixNano()))
	require.Equal(t, at.UTC().Truncate(time.Millisecond).Format("2006-01-02T15:04:05.000Z"), text)
	parsed, err := time.Parse(time.RFC3339, text)
	require.NoError(t, err)
	require.Equal(t, at.UnixMilli(), parsed.UnixMilli())
}

func TestTimes(t *testing.T) {
	for _, at := range []time.Time{
		time.Unix(0, value.Earliest), time.Unix(1, 0), time.Date(2026, 5, 4, 9, 15, 2, 120e6, time.UTC),
		time.Date(2024, 2, 29, 23, 59, 59, 999_999_999, time.UTC), time.Date(2000, 2, 29, 0, 0, 0, 0, time.UTC),
		time.Date(2099, 12, 31, 23, 59, 59, 1e6, time.UTC), time.Date(2261, 12, 31, 23, 59, 59, 999e6, time.UTC),
		time.Date(2026, 1, 1, 1, 30, 0, 0, time.FixedZone("east", 2*3600)),
	} {
		t.Run(at.String(), func(t *testing.T) { requireTimes(t, at) })
	}
}

// TestDatesAreThoseOfTheCalendar goes through every day that can be counted.
func TestDatesAreThoseOfTheCalendar(t *testing.T) {
	for day := time.Unix(0, 0).UTC(); day.Year() < 2262; day = day.AddDate(0, 0, 1) {
		year, month, date := dateOf(uint32(day.Unix() / (24 * 60 * 60)))
		require.Equal(t, day.Format(time.DateOnly), fmt.Sprintf("%04d-%02d-%02d", year, month, date))
	}
}

func FuzzTimes(f *testing.F) {
	f.Add(int64(1777886102120))
	f.Fuzz(func(t *testing.T, millis int64) {
		const year2262 = 9214646400
		if millis < 0 {
			millis = -(millis + 1)
		}
		requireTimes(t, time.UnixMilli(1000+millis%(year2262*1000-1000)))
	})
}

func TestDurationsAreWholeMilliseconds(t *testing.T) {
	for duration, want := range map[time.Duration]string{
		0:                                        "0",
		time.Nanosecond:                          "0",
		499 * time.Microsecond:                   "0",
		500 * time.Microsecond:                   "1",
		38 * time.Millisecond:                    "38",
		38*time.Millisecond + time.Millisecond/2: "39",
		2 * time.Hour:                            "7200000",
	} {
		assert.Equal(t, want, string(appendMillis(nil, duration)), duration)
	}
}

func TestALiteralIsAppendedWhateverItsLengthAndTheRoom(t *testing.T) {
	for _, length := range []int{0, 1, paddedBytes - 1, paddedBytes, paddedBytes + 1, 64} {
		l := newLiteral(strings.Repeat("n", length))
		for room := range 100 {
			dst := append(make([]byte, 0, 3+room), "abc"...)
			assert.Equal(t, "abc"+l.text, string(l.appendTo(dst)))
			assert.Equal(t, "abc", string(dst))
		}
	}
}
