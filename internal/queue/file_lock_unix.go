// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

//go:build unix && !solaris && !aix

package queue

import (
	"os"
	"syscall"
)

// lockFile keeps bbolt from using a file until it is closed. It reports false if bbolt
// uses it already.
func lockFile(f *os.File) bool {
	return syscall.Flock(int(f.Fd()), syscall.LOCK_SH|syscall.LOCK_NB) == nil
}
