// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

//go:build !unix

package main

import (
	"errors"
	"os"
	"os/exec"
	"os/signal"
)

// become runs the other program and ends as it does. Ctrl-C reaches both, and only the
// other one acts on it.
func become(program string, args []string) error {
	signal.Ignore(os.Interrupt)
	run := exec.Command(program, args[1:]...)
	run.Stdin, run.Stdout, run.Stderr = os.Stdin, os.Stdout, os.Stderr
	err := run.Run()
	if ended := (*exec.ExitError)(nil); errors.As(err, &ended) {
		os.Exit(ended.ExitCode())
	}
	return err
}
