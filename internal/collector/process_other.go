// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

//go:build !unix

package collector

import "syscall"

// ownGroup has nothing to set where there are no process groups of this kind.
func ownGroup() *syscall.SysProcAttr { return nil }
