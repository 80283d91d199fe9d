// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

//go:build unix

package main

import (
	"os"
	"syscall"
)

// become replaces this program, so that signals reach the other one.
func become(program string, args []string) error {
	return syscall.Exec(program, args, os.Environ())
}
