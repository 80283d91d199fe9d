// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package destination

import (
	"fmt"
	"strings"

	"go.opentelemetry.io/collector/config/configopaque"

	"github.com/agentvisits/agentvisitsexporter/internal/validation"
)

// KnownAgentsSite is one of several sites.
type KnownAgentsSite struct {
	// Hosts are the hosts that the site is served by: names, or *.example.com for all
	// subdomains of one. The most specific one decides. Required.
	Hosts []string `mapstructure:"hosts"`
	// AccessToken is the access token of the site's project. Required, unless
	// access_token_file is set.
	AccessToken configopaque.String `mapstructure:"access_token"`
	// AccessTokenFile is the path of a file that holds the token instead. It is read again
	// when it changes.
	AccessTokenFile string `mapstructure:"access_token_file,omitempty"`
	// Project is a name for the project, by which visits that wait are known as its own. It
	// is not a secret, and is not sent. By default it is the first host.
	Project string `mapstructure:"project,omitempty"`
}

// Format prints no secret under any verb; see KnownAgentsConfig.
func (c KnownAgentsSite) Format(s fmt.State, _ rune) {
	fmt.Fprintf(s, "{hosts: %q, access_token: [REDACTED], project: %q}", c.Hosts, c.Project)
}

func (c *KnownAgentsSite) hosts() []string { return c.Hosts }

func (c *KnownAgentsSite) isNamed() bool { return c.Project != "" }

func (c *KnownAgentsSite) check(f validation.Faults, isFile bool) {
	checkSecretOrFile(f, secretSetting{key: "access_token", variable: tokenVariable, isFile: isFile}, string(c.AccessToken), c.AccessTokenFile)
	checkProject(f, c.Project, string(c.AccessToken))
}

func (c *KnownAgentsSite) destination(shared *Destination, place string) *Destination {
	d := *shared
	d.site = c.Project
	if d.site == "" {
		d.site = firstHost(c.Hosts)
	}
	d.SecretKey = place + "::access_token"
	d.setSecret(string(c.AccessToken), c.AccessTokenFile)
	return &d
}

func (c *KnownAgentsSite) plainTexts() map[string]string {
	return map[string]string{hostsKey: strings.Join(c.Hosts, " "), "access_token": string(c.AccessToken), "access_token_file": c.AccessTokenFile, "project": c.Project}
}
