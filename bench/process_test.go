// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestCPUTimeIsTheSumOfUserAndSystemTime(t *testing.T) {
	cpu, err := cpuOf([]byte("4711 (a) b (c) S 1 4711 4711 0 -1 4194560 2301 0 12 0 150 25 0 0 20 0 9 0 5300 131072 900"))
	require.NoError(t, err)
	assert.Equal(t, 1750*time.Millisecond, cpu)
	for _, text := range []string{"", "4711 (a) S 1", "4711 (a) S 1 2 3 4 5 6 7 8 9 10 x 25"} {
		t.Run(text, func(t *testing.T) {
			_, err := cpuOf([]byte(text))
			assert.Error(t, err)
		})
	}
}

func TestPeakMemoryIsTheKernelsHighWaterMark(t *testing.T) {
	peak, err := peakOf([]byte("Name:\ta\nVmPeak:\t  900 kB\nVmHWM:\t   1024 kB\nVmRSS:\t 12 kB\n"))
	require.NoError(t, err)
	assert.Equal(t, int64(1<<20), peak)
	_, err = peakOf([]byte("Name:\ta\n"))
	assert.Error(t, err)
}

func TestAFieldIsTheFirstValueWithItsName(t *testing.T) {
	path := filepath.Join(t.TempDir(), "cpuinfo")
	require.NoError(t, os.WriteFile(path, []byte("processor\t: 0\nmodel name\t: A   CPU: fast\nmodel name\t: Another\n"), 0o600))
	assert.Equal(t, "A CPU: fast", field(path, "model name"))
	assert.Equal(t, "unknown cache", field(path, "cache"))
	assert.Equal(t, "unknown cache", field(path+"not", "cache"))
}
