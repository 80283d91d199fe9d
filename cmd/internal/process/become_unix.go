// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

//go:build unix

package process

import (
	"os"
	"syscall"
)

// Become replaces this program by another one, so that signals reach that. The first of the
// arguments is its name. It returns only if the program cannot be started.
func Become(program string, args []string) error {
	return syscall.Exec(program, args, os.Environ())
}
