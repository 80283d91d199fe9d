// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

//go:build unix

package main

import (
	"errors"
	"os"
	"syscall"
)

// lock makes a second run with the same journal fail. The lock ends with the program.
func lock(file *os.File) error {
	if syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) != nil {
		return errors.New("another replay deliver is using the journal " + file.Name() + ": wait for its end")
	}
	return nil
}
