// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/agentvisits/agentvisitsexporter/cmd/internal/process"
)

// deliverProgram is the program that delivers.
const deliverProgram = "replay-deliver"

var errNoDeliver = errors.New("deliver is a program of its own, " + deliverProgram + ", because the exporter takes a minute to compile: " +
	"`make replay` builds both into bin/. Or run it from its folder: go run ./cmd/replay/deliver -config collector.yaml access.log*")

// deliver becomes the program that delivers: the one beside this one, or else in PATH.
func deliver(args []string) error {
	program := ""
	if self, err := os.Executable(); err == nil {
		program = filepath.Join(filepath.Dir(self), deliverProgram+filepath.Ext(self))
	}
	if _, err := os.Stat(program); err != nil {
		found, err := exec.LookPath(deliverProgram)
		if err != nil {
			return errNoDeliver
		}
		program = found
	}
	return process.Become(program, append([]string{program}, args...))
}
