// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

//go:build unix && !linux

package collector

import "syscall"

// ownGroup puts the child into its own process group.
func ownGroup() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true}
}
