// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

//go:build !unix

package collector

import "syscall"

// ownGroup sets nothing, because this system has no Unix process groups.
func ownGroup() *syscall.SysProcAttr { return nil }
