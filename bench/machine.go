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

// circumstances say when, where and how it was measured.
func circumstances(o options, begun time.Time) string {
	return fmt.Sprintf("Measured on %s in %d s with `make bench-collector` (%s): %s, on %s, %d cores, %s of memory, Linux %s. "+
		"The load and the APIs shared the cores.",
		begun.Format("2 January 2006"), int(time.Since(begun).Seconds()), o.text(), versions(o.binary),
		field("/proc/cpuinfo", "model name"), runtime.NumCPU(), field("/proc/meminfo", "MemTotal"), kernel())
}

// versions are those of the Collector and of the Go that built it.
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

// field is the first value of that name in a file of "name : value" lines.
func field(path, name string) string {
	text, _ := os.ReadFile(path) //nolint:gosec // one of the kernel's files; without it the value is unknown
	for line := range strings.Lines(string(text)) {
		if key, value, found := strings.Cut(line, ":"); found && strings.TrimSpace(key) == name {
			return strings.Join(strings.Fields(value), " ")
		}
	}
	return "unknown " + name
}

func kernel() string {
	release, err := os.ReadFile("/proc/sys/kernel/osrelease")
	if err != nil {
		return "of an unknown version"
	}
	return strings.TrimSpace(string(release))
}
