// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

//go:build !unix

package process

import (
	"errors"
	"os"
	"os/exec"
	"os/signal"
)

// Become runs another program and ends as it does. The first of the arguments is its name.
// It returns only if the program cannot be run. Ctrl-C reaches both, and only the
// other one acts on it.
func Become(program string, args []string) error {
	signal.Ignore(os.Interrupt)
	run := exec.Command(program, args[1:]...)
	run.Stdin, run.Stdout, run.Stderr = os.Stdin, os.Stdout, os.Stderr
	err := run.Run()
	if ended := (*exec.ExitError)(nil); errors.As(err, &ended) {
		os.Exit(ended.ExitCode())
	}
	return err
}
