// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package value

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestDecimalsAreReadAsByStrconv compares parseDecimal with strconv.
func TestDecimalsAreReadAsByStrconv(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	texts := []string{"", ".", "1.", ".5", "0", "00", "0.0", "007.50", "999999999999999", "9999999999999999", "99999999999999.9", "0.00000000000001", "1..2", "1.2.3", "-1", "+1", "1e3"}
	for range 100_000 {
		digits := strconv.FormatUint(random.Uint64()>>random.IntN(64), 10)
		at := random.IntN(len(digits) + 1)
		texts = append(texts, digits, digits[:at]+"."+digits[at:])
	}
	read := 0
	for _, text := range texts {
		if _, _, ok := parseDecimal(text); !ok {
			continue
		}
		got, ok := Text(text).AsNumber()
		require.True(t, ok, text)
		read++
		parsed, err := strconv.ParseFloat(text, 64)
		require.NoError(t, err, text)
		require.Equal(t, math.Float64bits(parsed), math.Float64bits(got.Float()), text)
		whole, isWhole := got.whole()
		require.Equal(t, parsed == math.Trunc(parsed), isWhole, text)
		if isWhole {
			require.Equal(t, int64(parsed), whole, text)
		}
	}
	require.Greater(t, read, 50_000)
}

func TestStatusIsReadInEveryShape(t *testing.T) {
	for _, c := range []struct {
		raw  any
		want int64 // 0: none
	}{
		{200, 200},
		{200.0, 200},
		{"200", 200},
		{"404 Not Found", 404},
		{[]any{"301"}, 301},
		{"499", 499},
		{" 200", 0},
		{0, 0},
		{-1, 0},
		{"-1", 0},
		{"000", 0},
		{"-", 0},
		{"", 0},
		{200.5, 0},
		{math.NaN(), 0},
		{true, 0},
		{600, 0},
		{"0x1F4", 0},
		{nil, 0},
		{int64(math.MaxInt64), 0},
	} {
		t.Run(fmt.Sprintf("%T %[1]v", c.raw), func(t *testing.T) {
			got, ok := valueFrom(t, c.raw).AsStatus()
			assert.Equal(t, c.want != 0, ok)
			assert.Equal(t, c.want, got)
		})
	}
}
