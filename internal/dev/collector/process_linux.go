// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package collector

import "syscall"

// ownGroup puts the child into its own process group. The kernel kills the child if
// this process is killed and so cannot stop it.
func ownGroup() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
