// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package collector

import "syscall"

// ownGroup puts the child in a process group of its own, and has it killed
// when this process is killed and so cannot end it.
func ownGroup() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
