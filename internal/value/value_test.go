// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package value

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
)

func valueFrom(t *testing.T, raw any) Value {
	t.Helper()
	v := pcommon.NewValueEmpty()
	require.NoError(t, v.FromRaw(raw))
	return Of(v)
}

func TestListsAreJoinedInOrder(t *testing.T) {
	assert.Equal(t, "203.0.113.9, 10.0.0.7", valueFrom(t, []any{"203.0.113.9", "", "-", "10.0.0.7"}).Text)
	assert.Equal(t, "one", valueFrom(t, []any{"one"}).Text)
	assert.Empty(t, valueFrom(t, []any{[]any{"nested"}}).Text)
	assert.Empty(t, valueFrom(t, map[string]any{"a": "b"}).Text)
}

func TestMarksOfAbsenceAreTold(t *testing.T) {
	for _, s := range []string{"", "-", "null", "(null)", "<nil>", "nil", "unknown", "REDACTED", "[redacted]"} {
		assert.True(t, IsAbsent(s), s)
	}
	for _, s := range []string{"0", "--", "none", "Null", "unknown host", "/"} {
		assert.False(t, IsAbsent(s), s)
	}
}

// FuzzValue shows that whatever is read of a text lies within its bounds.
func FuzzValue(f *testing.F) {
	for _, s := range []string{"200", "38ms", "1777886102.120", "04/May/2026:09:15:02 +0000", "2026-05-04", "09:15:02", "1e308", "0x10", "-0"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		v := Text(s)
		if n, ok := v.AsStatus(); ok {
			require.True(t, n >= 100 && n <= 599)
		}
		if n, _, ok := v.AsDuration(time.Second); ok {
			require.GreaterOrEqual(t, n, int64(0))
		}
		if n, ok := v.AsTime(); ok {
			require.GreaterOrEqual(t, n, Earliest)
		}
		if n, ok := v.AsClock(); ok {
			require.True(t, n >= 0 && n < int64(24*time.Hour))
		}
		if _, ok := v.AsDay(); ok {
			require.Len(t, s, len(time.DateOnly))
		}
	})
}
