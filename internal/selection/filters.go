// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package selection

import (
	"slices"
	"strings"

	"github.com/bmatcuk/doublestar/v4"

	"github.com/agentvisits/agentvisitsexporter/internal/ascii"
	"github.com/agentvisits/agentvisitsexporter/internal/uri"
	"github.com/agentvisits/agentvisitsexporter/internal/visit"
)

// Filter says which requests a configuration chooses.
type Filter struct {
	// ChooseByServices reports whether Service has to be asked.
	ChooseByServices bool

	includedServices, excludedServices []string // patterns of names

	staticAssets, frameworkInternals, healthChecks bool // these count
	skipDocuments                                  bool

	methods        []string // the only ones that count, in upper case; empty: all count
	statuses       [600]bool
	chooseStatuses bool // only statuses count

	include, exclude []string // patterns of paths, escaped as paths are

	hosts *hosts // nil: all count
}

// New makes the filter of a valid configuration.
func New(c *Config) *Filter {
	f := &Filter{
		ChooseByServices: len(c.Services.Include)+len(c.Services.Exclude) > 0,
		includedServices: c.Services.Include,
		excludedServices: c.Services.Exclude,

		staticAssets:       c.StaticAssets,
		skipDocuments:      c.SkipDocuments,
		frameworkInternals: c.FrameworkInternals,
		healthChecks:       c.HealthChecks,

		chooseStatuses: len(c.Statuses) > 0,

		hosts: newHosts(&c.Hosts),
	}
	for _, pattern := range c.IncludePaths {
		f.include = append(f.include, uri.Escape(pattern, patternBytes))
	}
	for _, pattern := range c.ExcludePaths {
		f.exclude = append(f.exclude, uri.Escape(pattern, patternBytes))
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
var patternBytes = ascii.NewByteSet("-._~!$&'()*+,;=:@/?[]{}^\\")

// Service reports whether the requests of a service count. The name is empty if the telemetry
// has none, which no pattern includes.
func (f *Filter) Service(name string) bool {
	if matchesAny(f.excludedServices, name) {
		return false
	}
	return len(f.includedServices) == 0 || name != "" && matchesAny(f.includedServices, name)
}

// ChoosesHosts reports whether the host makes a difference.
func (f *Filter) ChoosesHosts() bool { return f.hosts != nil }

// Host reports whether a visit counts by the host that served it. If it does, it loses
// another host that is only claimed, unless that counts as well.
func (f *Filter) Host(v *visit.Visit) bool {
	if f.hosts == nil {
		return true
	}
	if !f.hosts.count(v.Served) {
		return false
	}
	if v.Host != v.Served && !f.hosts.count(v.Host) {
		v.Host = v.Served
	}
	return true
}

// Visit returns why a visit does not count, or NotSkipped. IsOwnProbe is asked later,
// when the visitor's address is known.
func (f *Filter) Visit(v *visit.Visit) visit.SkipReason {
	kind := kindOf(v.Path)
	switch {
	case !f.frameworkInternals && kind != textFile && isFrameworkInternal(v.Path):
		return visit.SkipFrameworkInternal
	case !f.staticAssets && kind == staticAsset, f.skipDocuments && kind == document:
		return visit.SkipStaticAsset
	case !f.healthChecks && isProbe(v.Path, v.Text[visit.UserAgent], v.Text[visit.Category]):
		return visit.SkipHealthCheck
	case len(f.methods) > 0 && !slices.Contains(f.methods, v.Method):
		return visit.SkipMethod
	case f.chooseStatuses && !f.statuses[v.Status]:
		return visit.SkipStatus
	case matchesAny(f.exclude, v.Path), len(f.include) > 0 && !matchesAny(f.include, v.Path):
		return visit.SkipPath
	}
	return visit.NotSkipped
}

func matchesAny(patterns []string, s string) bool {
	for _, pattern := range patterns {
		if doublestar.MatchUnvalidated(pattern, s) {
			return true
		}
	}
	return false
}
