// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package selection

import (
	"fmt"
	"strings"

	"github.com/bmatcuk/doublestar/v4"

	"github.com/agentvisits/agentvisitsexporter/internal/validation"
	"github.com/agentvisits/agentvisitsexporter/internal/value"
)

// Config says which requests count as visits. All of it is optional.
type Config struct {
	// StaticAssets includes images, style sheets, scripts, fonts and the like.
	StaticAssets bool `mapstructure:"static_assets"`
	// SkipDocuments leaves out PDF files. They count by default, because agents read
	// them; Known Agents' own clients leave them out.
	SkipDocuments bool `mapstructure:"skip_documents"`
	// FrameworkInternals includes paths that only frameworks and their tools use,
	// such as /_next/ and /wp-admin/.
	FrameworkInternals bool `mapstructure:"framework_internals"`
	// HealthChecks includes probes of load balancers and orchestrators.
	HealthChecks bool `mapstructure:"health_checks"`

	// IncludePaths are patterns of paths; only requests that match one count. A
	// pattern matches the whole path: * stands for anything but a slash, {a,b} for
	// either, and ** between slashes or after the last one for any number of folders. Empty (the
	// default) means all paths.
	IncludePaths []string `mapstructure:"include_paths"`
	// ExcludePaths are patterns of paths that do not count, even if a pattern of
	// include_paths matches them.
	ExcludePaths []string `mapstructure:"exclude_paths"`
	// Hosts chooses by the host that the server served.
	Hosts HostsConfig `mapstructure:"hosts"`
	// Services chooses by the resource attribute service.name.
	Services ServicesConfig `mapstructure:"services"`
	// Methods are the methods that count, such as GET. Empty (the default) means all.
	Methods []string `mapstructure:"methods"`
	// Statuses are the status codes that count, or classes of them such as 2xx.
	// Empty (the default) means all, and spans without a status count as well. The
	// type is any because YAML reads 404 as a number and 2xx as a text.
	Statuses []any `mapstructure:"statuses"`
}

// ServicesConfig chooses services by patterns of their names, in which * stands
// for anything but a slash.
type ServicesConfig struct {
	// Include are the services whose requests count. Empty (the default) means
	// all, and telemetry that names no service counts as well. If any are named, it does
	// not.
	Include []string `mapstructure:"include"`
	// Exclude are services whose requests do not count, even if include names
	// them. An example is a service behind another one that already counts.
	Exclude []string `mapstructure:"exclude"`
}

// HostsConfig chooses hosts by their names, as in www.example.com, or by a domain whose
// subdomains are meant, as in *.example.com. A pattern has no port, and that of a
// request makes no difference. Nor do case, a final dot and the spelling of international
// names. What decides is the host that the server itself
// or a trusted proxy names: visitors can write any host into the headers of proxies.
type HostsConfig struct {
	// Include are the hosts whose requests count. Empty (the default) means all. If any
	// are named, a request whose host is not known does not count either.
	Include []string `mapstructure:"include"`
	// Exclude are hosts whose requests do not count, even if include names them.
	Exclude []string `mapstructure:"exclude"`
}

// Check adds what is wrong with the configuration to the faults.
func (c *Config) Check(f validation.Faults) {
	checkPatterns(f, "include_paths", c.IncludePaths, "/")
	checkPatterns(f, "exclude_paths", c.ExcludePaths, "/")
	checkHosts(f.In("hosts"), &c.Hosts)
	services := f.In("services")
	checkPatterns(services, "include", c.Services.Include, "")
	checkPatterns(services, "exclude", c.Services.Exclude, "")
	for _, name := range c.Methods {
		if value.Method(name) == "" {
			f.Add("methods", "has %q, which is no method: write names such as GET and POST", validation.Shorten(name))
		}
	}
	for _, status := range c.Statuses {
		if _, _, ok := statusRange(status); !ok {
			f.Add("statuses", "has %q: write a code such as 404 or a class such as 2xx", validation.Shorten(fmt.Sprint(status)))
		}
	}
}

// checkPatterns checks patterns of texts that all begin with start.
func checkPatterns(f validation.Faults, key string, patterns []string, start string) {
	for _, pattern := range patterns {
		if start != "" && (isRegexp(pattern) || strings.Contains(pattern, anything)) {
			addRegexp(f, key, pattern)
		}
		switch {
		case start != "" && isRegexp(pattern):
		case pattern == "" || !doublestar.ValidatePattern(pattern):
			f.Add(key, "has %q, which is no pattern: write a name with * for a part of it; a bracket or brace that is opened has to be closed", validation.Shorten(pattern))
		case !strings.HasPrefix(pattern, start) && pattern[0] != '*' && pattern[0] != '{':
			f.Add(key, "has %q, which matches no path, because paths start with /: write %q", validation.Shorten(pattern), validation.Shorten("/"+pattern))
		}
	}
}

// statusRange reads a status code or a class such as 4xx.
func statusRange(status any) (from, to int, ok bool) {
	text := fmt.Sprint(status)
	if len(text) == 3 && strings.EqualFold(text[1:], "xx") && text[0] >= '1' && text[0] <= '5' {
		from = int(text[0]-'0') * 100
		return from, from + 99, true
	}
	code, ok := value.Text(text).AsStatus()
	return int(code), int(code), ok
}
