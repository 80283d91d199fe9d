// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

// variables are those of the packaged configurations, with the defaults that they have
// there.
var variables = map[string]string{
	"ACCESS_LOG":         "/var/log/nginx/access.log",
	"OTLP_GRPC_ENDPOINT": "localhost:4317",
	"OTLP_HTTP_ENDPOINT": "localhost:4318",
	"HEALTH_ENDPOINT":    "localhost:13133",
	"METRICS_HOST":       "localhost",
	"METRICS_PORT":       "8888",
}

func valueOf(variable string) string { return cmp.Or(os.Getenv(variable), variables[variable]) }

// obstacles are what would keep the Collector from its work, each with its remedy. They
// are no errors: a configuration that was edited may not need what is missing here, and
// the Collector itself ends if it does.
func obstacles(c choice) []string {
	listening := map[string]string{
		"HEALTH_ENDPOINT": valueOf("HEALTH_ENDPOINT"),
		"METRICS_PORT":    net.JoinHostPort(valueOf("METRICS_HOST"), valueOf("METRICS_PORT")),
	}
	var found []string
	if !c.isIdle {
		listening["OTLP_GRPC_ENDPOINT"], listening["OTLP_HTTP_ENDPOINT"] = valueOf("OTLP_GRPC_ENDPOINT"), valueOf("OTLP_HTTP_ENDPOINT")
		found = append(found, unreadable("ACCESS_LOG")...)
	}
	for _, variable := range slices.Sorted(maps.Keys(listening)) {
		if listener, err := net.Listen("tcp", listening[variable]); err == nil {
			_ = listener.Close()
		} else if errors.Is(err, syscall.EADDRINUSE) {
			found = append(found, fmt.Sprintf("Another program listens on %s. Stop it (ss -ltnp shows it), or set %s to another one.", listening[variable], variable))
		}
	}
	return found
}

// unreadable names the access logs that are there and may not be read.
func unreadable(variable string) []string {
	pattern := valueOf(variable)
	files, err := filepath.Glob(pattern)
	if err != nil {
		return []string{fmt.Sprintf("%s is %q, which is no pattern of files: %v.", variable, pattern, err)}
	}
	if len(files) == 0 {
		files = withoutFiles(pattern)
	}
	var found []string
	for _, file := range files {
		if mayRead(file) {
			continue
		}
		found = append(found, file+" may not be read. Add the user of this service to the group that may read it (ls -l shows it), and restart.")
	}
	return slices.Compact(found)
}

// withoutFiles is what to look at if no file matches a pattern. A folder that may not be
// listed looks empty to Glob, and one that may not be entered has no file for anybody.
func withoutFiles(pattern string) []string {
	folder, name := filepath.Split(pattern)
	if strings.ContainsAny(name, "*?[") {
		if folders, _ := filepath.Glob(filepath.Clean(folder)); len(folders) > 0 {
			return folders
		}
	}
	return []string{pattern}
}

func mayRead(path string) bool {
	file, err := os.Open(path)
	if err == nil {
		_ = file.Close()
	}
	return !errors.Is(err, fs.ErrPermission)
}
