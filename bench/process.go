// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// tick is the kernel's unit of CPU time. It is the same on all systems that Go supports.
const tick = 10 * time.Millisecond

// cpuOf returns the user and system time in /proc/<pid>/stat. The fields follow the name
// of the process, which is in parentheses and may hold any character.
func cpuOf(stat []byte) (time.Duration, error) {
	const utime, stime = 11, 12 // index after the name
	fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
	if len(fields) <= stime {
		return 0, fmt.Errorf("no CPU time in %q", stat)
	}
	user, err := strconv.Atoi(string(fields[utime]))
	system, err2 := strconv.Atoi(string(fields[stime]))
	return time.Duration(user+system) * tick, errors.Join(err, err2)
}

// peakOf returns the peak of the resident memory in /proc/<pid>/status, in bytes.
func peakOf(status []byte) (int64, error) {
	for line := range strings.Lines(string(status)) {
		if value, found := strings.CutPrefix(line, "VmHWM:"); found {
			kibibytes, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(value), " kB"), 10, 64)
			return kibibytes << 10, err
		}
	}
	return 0, errors.New("no VmHWM in the status of the process")
}
