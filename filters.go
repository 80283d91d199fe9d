// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import (
	"slices"
	"strings"

	"github.com/bmatcuk/doublestar/v4"
)

// filters say which requests a configuration chooses.
type filters struct {
	staticAssets, frameworkInternals, healthChecks bool // such requests count

	include, exclude                   []string // patterns of paths, escaped as paths are
	includedServices, excludedServices []string
	methods                            []string // upper case
	statuses                           [600]bool
	chooseStatuses, chooseByServices   bool
}

// newFilters takes a configuration that was validated.
func newFilters(c *SelectionConfig) *filters {
	f := &filters{
		staticAssets:       c.StaticAssets,
		frameworkInternals: c.FrameworkInternals,
		healthChecks:       c.HealthChecks,

		includedServices: c.Services.Include,
		excludedServices: c.Services.Exclude,
		chooseByServices: len(c.Services.Include)+len(c.Services.Exclude) > 0,
		chooseStatuses:   len(c.Statuses) > 0,
	}
	for _, pattern := range c.IncludePaths {
		f.include = append(f.include, escape(pattern, patternBytes))
	}
	for _, pattern := range c.ExcludePaths {
		f.exclude = append(f.exclude, escape(pattern, patternBytes))
	}
	for _, name := range c.Methods {
		f.methods = append(f.methods, strings.ToUpper(name))
	}
	for _, status := range c.Statuses {
		from, to, _ := statusRange(status)
		for code := from; code <= to && code < len(f.statuses); code++ {
			f.statuses[code] = true
		}
	}
	return f
}

// patternBytes stand for themselves in a pattern of paths.
var patternBytes = newByteSet("-._~!$&'()*+,;=:@/?[]{}^\\")

// service says whether the requests of a service count.
func (f *filters) service(name string) bool {
	if matchesAny(f.excludedServices, name) {
		return false
	}
	return len(f.includedServices) == 0 || matchesAny(f.includedServices, name)
}

// visit says why a visit does not count, or notSkipped.
func (f *filters) visit(v *visit) skipReason {
	switch {
	case !f.frameworkInternals && isFrameworkInternal(v.path):
		return skipFrameworkInternal
	case !f.staticAssets && isStaticAsset(v.path):
		return skipStaticAsset
	case !f.healthChecks && isHealthCheck(v.path, v.text[userAgent], v.text[category]):
		return skipHealthCheck
	case len(f.methods) > 0 && !slices.Contains(f.methods, v.method):
		return skipMethod
	case f.chooseStatuses && !f.statuses[v.status]:
		return skipStatus
	case matchesAny(f.exclude, v.path), len(f.include) > 0 && !matchesAny(f.include, v.path):
		return skipPath
	}
	return notSkipped
}

func matchesAny(patterns []string, s string) bool {
	for _, pattern := range patterns {
		if doublestar.MatchUnvalidated(pattern, s) {
			return true
		}
	}
	return false
}
