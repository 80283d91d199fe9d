// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package chaos

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/collector"
)

// peak is the largest resident memory of a scenario's processes.
type peak struct{ kilobytes atomic.Int64 }

func (p *peak) bytes() int64 { return p.kilobytes.Load() << 10 }

// watch samples a process until it ends.
func (p *peak) watch(process *collector.Process) {
	ticker := time.NewTicker(200 * time.Millisecond)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			p.sample(process.PID())
		case <-process.Done():
			return
		}
	}
}

// sample reads the kernel's high-water mark. On systems other than Linux the peak stays
// unknown.
func (p *peak) sample(pid int) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return
	}
	for line := range strings.Lines(string(status)) {
		if value, found := strings.CutPrefix(line, "VmHWM:"); found {
			kilobytes, _ := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(value), " kB"), 10, 64)
			p.raise(kilobytes)
		}
	}
}

func (p *peak) raise(kilobytes int64) {
	for {
		highest := p.kilobytes.Load()
		if kilobytes <= highest || p.kilobytes.CompareAndSwap(highest, kilobytes) {
			return
		}
	}
}
