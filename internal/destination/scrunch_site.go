// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package destination

import (
	"fmt"
	"strings"

	"go.opentelemetry.io/collector/config/configopaque"

	"github.com/agentvisits/agentvisitsexporter/internal/hostname"
	"github.com/agentvisits/agentvisitsexporter/internal/uri"
	"github.com/agentvisits/agentvisitsexporter/internal/validation"
)

// ScrunchSite is one of several sites.
type ScrunchSite struct {
	// Hosts are the hosts that the site is served by: names, or *.example.com for all
	// subdomains of one. The most specific one decides. Required.
	Hosts []string `mapstructure:"hosts"`
	// SiteID is the site's id, a ULID of 26 characters, from the dashboard. Required.
	SiteID string `mapstructure:"site_id"`
	// APIKey is the site's key, from the same page. Required, unless api_key_file is set.
	APIKey configopaque.String `mapstructure:"api_key"`
	// APIKeyFile is the path of a file that holds the key instead. It is read again when it
	// changes.
	APIKeyFile string `mapstructure:"api_key_file,omitempty"`
	// Domain is the site's domain. By default it is the host of each visit.
	Domain string `mapstructure:"domain,omitempty"`
}

// Format prints no secret under any verb; see KnownAgentsConfig.
func (c ScrunchSite) Format(s fmt.State, _ rune) {
	fmt.Fprintf(s, "{hosts: %q, site_id: %q, api_key: [REDACTED], domain: %q}", c.Hosts, c.SiteID, c.Domain)
}

func (c *ScrunchSite) hosts() []string { return c.Hosts }

func (c *ScrunchSite) isNamed() bool { return true } // by its id

func (c *ScrunchSite) check(f validation.Faults, isFile bool) {
	if c.SiteID == "" && isFile {
		f.Add("site_id", "is empty: write the site's id from Scrunch's dashboard")
	} else {
		checkSiteID(f, c.SiteID, string(c.APIKey))
	}
	checkSecretOrFile(f, secretSetting{key: "api_key", variable: keyVariable, isFile: isFile}, string(c.APIKey), c.APIKeyFile)
	checkDomain(f, c.Domain)
	checkHostsOfDomain(f, c.Hosts, c.Domain)
}

// checkHostsOfDomain reports public hosts whose visits would be skipped as those of another
// site.
func checkHostsOfDomain(f validation.Faults, hosts []string, domain string) {
	for _, text := range hosts {
		name := strings.TrimPrefix(string(hostname.Read(text)), ".")
		if domain != "" && uri.IsPublicName(name) && !belongsTo(name, domain) {
			f.Add(hostsKey, "has %q, which does not belong to %s, so that its visits would be skipped: give it a site of its own, or correct %[2]s", validation.Shorten(text), f.Key("domain"))
		}
	}
}

func (c *ScrunchSite) destination(shared *Destination, place string) *Destination {
	d := *shared
	d.site, d.Path = c.SiteID, scrunchPath(c.SiteID)
	if c.Domain != "" {
		d.Encode = scrunchEncoder(c.Domain)
	}
	d.SecretKey = place + "::api_key"
	d.setSecret(string(c.APIKey), c.APIKeyFile)
	return &d
}

func (c *ScrunchSite) plainTexts() map[string]string {
	return map[string]string{hostsKey: strings.Join(c.Hosts, " "), "site_id": c.SiteID, "api_key": string(c.APIKey), "api_key_file": c.APIKeyFile, "domain": c.Domain}
}
