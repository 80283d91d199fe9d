// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"debug/buildinfo"
	"fmt"
	"os"
	"runtime"
	"strings"
	"time"
)

// conditions says when, where and how the results were measured.
func conditions(o options, begun time.Time) string {
	return fmt.Sprintf("Measured on %s in %d s with `make bench-collector` (%s): %s, on %s, %d cores, %s of memory, Linux %s. "+
		"The load and the APIs shared the cores.",
		begun.Format("2 January 2006"), int(time.Since(begun).Seconds()), o.text(), versions(o.binary),
		field("/proc/cpuinfo", "model name"), runtime.NumCPU(), field("/proc/meminfo", "MemTotal"), kernel())
}

// versions returns the version of the Collector and that of Go.
func versions(binary string) string {
	built, err := buildinfo.ReadFile(binary)
	if err != nil {
		return "Collector of an unknown version"
	}
	for _, module := range built.Deps {
		if module.Path == "go.opentelemetry.io/collector/otelcol" {
			return "Collector " + module.Version + ", built with " + built.GoVersion
		}
	}
	return "Collector built with " + built.GoVersion
}

// field returns the first value with the name in a file of "name: value" lines.
func field(path, name string) string {
	text, _ := os.ReadFile(path) //nolint:gosec // a file of the kernel; without it the value is unknown
	for line := range strings.Lines(string(text)) {
		if key, value, found := strings.Cut(line, ":"); found && strings.TrimSpace(key) == name {
			return strings.Join(strings.Fields(value), " ")
		}
	}
	return "unknown " + name
}

// kernel returns the version of Linux.
func kernel() string {
	release, err := os.ReadFile("/proc/sys/kernel/osrelease")
	if err != nil {
		return "of an unknown version"
	}
	return strings.TrimSpace(string(release))
}
