// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

//go:build unix && !solaris && !aix

package queue

import (
	"os"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// lockAlone locks a file as bbolt does.
func lockAlone(t *testing.T, f *os.File) {
	t.Helper()
	require.NoError(t, syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB))
}
