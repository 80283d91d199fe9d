// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package destination

import (
	"fmt"
	"net/url"
	"strings"

	"go.opentelemetry.io/collector/config/configopaque"

	"github.com/agentvisits/agentvisitsexporter/internal/uri"
	"github.com/agentvisits/agentvisitsexporter/internal/validation"
	"github.com/agentvisits/agentvisitsexporter/internal/visit"
)

const scrunchName = "scrunch"

// ScrunchConfig is the configuration of Scrunch.
type ScrunchConfig struct {
	// SiteID is the site's id, a ULID of 26 characters, from the page that the dashboard
	// shows for the platform API. Required, unless sites or sites_directory is set.
	SiteID string `mapstructure:"site_id"`
	// APIKey is the site's key, from the same page. Required, unless api_key_file,
	// sites, sites_directory or auth is set.
	APIKey configopaque.String `mapstructure:"api_key"`
	// APIKeyFile is the path of a file that holds the key instead. It is read
	// again when it changes, so that the key can be replaced while the Collector
	// runs.
	APIKeyFile string `mapstructure:"api_key_file,omitempty"`
	// Domain is the site's domain, such as example.com; its subdomains belong to it. By
	// default it is the host of each visit. Access logs without a host need it. It
	// replaces a host that tells nothing of the site: an address, a name of a private
	// network, and one that only the visitor or an unknown proxy names, unless that belongs
	// to the domain. A visit that the server served by another public host is another
	// site's and is skipped.
	Domain string `mapstructure:"domain"`
	// Sites are several sites, each with an id and a key of its own, instead of the one that
	// the keys above are for. A visit belongs to the site of the host that served it; that of
	// no site is skipped.
	Sites []ScrunchSite `mapstructure:"sites,omitempty"`
	// SitesDirectory is the path of a directory with one YAML file (.yaml, .yml) for each
	// further site, which has the keys of an entry of sites. Files are read again when they
	// change.
	SitesDirectory string `mapstructure:"sites_directory,omitempty"`
}

// Format prints no secret under any verb; see KnownAgentsConfig.
func (c ScrunchConfig) Format(s fmt.State, _ rune) {
	fmt.Fprintf(s, "{site_id: %q, api_key: [REDACTED], domain: %q, sites: %d}", c.SiteID, c.Domain, len(c.Sites))
}

func (c *ScrunchConfig) isSet() bool { return c != nil }

func (*ScrunchConfig) name() string { return scrunchName }

func (*ScrunchConfig) required() []string { return []string{"site_id", "api_key"} }

func (c *ScrunchConfig) check(f validation.Faults, hasExtension bool) {
	if s := c.sites(nil, nil); s != nil {
		checkSites(f, s, hasExtension, setKeys([2]string{"site_id", c.SiteID}, [2]string{"api_key", string(c.APIKey)}, [2]string{"api_key_file", c.APIKeyFile}, [2]string{"domain", c.Domain}))
		return
	}
	checkSiteID(f, c.SiteID, string(c.APIKey))
	checkSecretOrFile(f, secretSetting{key: "api_key", variable: keyVariable, optional: hasExtension}, string(c.APIKey), c.APIKeyFile)
	checkDomain(f, c.Domain)
}

const keyVariable = "SCRUNCH_API_KEY"

func (c *ScrunchConfig) sites(_, _ []string) *Sites {
	if c.Sites == nil && c.SitesDirectory == "" {
		return nil
	}
	return newSites(c.Sites, c.SitesDirectory, Scrunch(&ScrunchConfig{}))
}

func (c *ScrunchConfig) destination(_, _ []string) *Destination { return Scrunch(c) }

// Scrunch is Scrunch's agent traffic API for custom platforms: POST to the site's own
// path with the site's key, one JSON object per line. Source: Scrunch's endpoint
// reference and its guide "Agent Traffic API integration".
func Scrunch(cfg *ScrunchConfig) *Destination {
	d := &Destination{
		Name:        scrunchName,
		site:        cfg.SiteID,
		Endpoint:    "https://webhooks.scrunchai.com",
		Path:        scrunchPath(cfg.SiteID),
		ContentType: "application/x-ndjson",
		Framing:     Framing{Separator: "\n", End: "\n"},
		SecretKey:   scrunchName + "::api_key",
		Fields:      []string{"domain", "user_agent", "url", "path", "method", "status_code", "timestamp", "response_time", "ip"},
		Unused:      unusedByScrunch,
		Encode:      scrunchEncoder(cfg.Domain),
	}
	d.secretHeader = "X-Api-Key"
	d.setSecret(string(cfg.APIKey), cfg.APIKeyFile)
	return d
}

func scrunchPath(siteID string) string {
	return "/v1/sites/" + url.PathEscape(siteID) + "/platforms/custom/web-traffic"
}

// unusedByScrunch are the fields of MCP, and the headers that identify neither the
// visitor nor the site.
var unusedByScrunch = visit.FieldsWithin(visit.MCPMethod, visit.EventName).With(visit.FieldsWithin(visit.Via, visit.FieldCount)).Without(visit.SetOf(visit.HostHeader, visit.SignatureInput, visit.SignatureAgent))

// scrunchEncoder writes the fields of a visit in the order of the vendor's reference.
// It skips a visit that lacks a required field, because Scrunch would refuse the whole
// request, and one of another site.
func scrunchEncoder(domain string) func([]byte, *visit.Visit) Encoded {
	return func(dst []byte, v *visit.Visit) Encoded {
		site, origin := domain, v.Host
		switch {
		case domain == "":
			site = uri.SiteName(origin)
		case belongsTo(uri.SiteName(origin), domain):
		case uri.IsPublicName(v.Served):
			return Encoded{Bytes: dst, Skip: visit.SkipOtherSite}
		default:
			origin = domain
		}
		agent := strings.TrimSpace(v.Text[visit.UserAgent])
		if skip := missingForScrunch(agent, v.Status, site); skip != visit.NotSkipped {
			return Encoded{Bytes: dst, Skip: skip}
		}
		dst, cut := scrunchAgent.append(append(append(append(dst, `{"domain":"`...), site...), '"'), agent, visit.MaxTextBytes, v.Plain.Has(visit.UserAgent))
		dst = append(dst, `,"url":"`...)
		dst = append(dst, v.Scheme...)
		dst = append(dst, "://"...)
		dst = append(dst, origin...)
		dst = append(dst, v.Path...)
		if v.Query != "" {
			dst = append(append(dst, '?'), v.Query...)
		}
		dst = append(dst, `","path":"`...)
		dst = append(dst, v.Path...)
		dst = append(dst, `","method":"`...)
		dst = append(dst, v.Method...)
		dst = appendStatus(append(dst, `","status_code":`...), v.Status)
		dst = appendSeconds(append(dst, `,"timestamp":`...), v.Start)
		if v.Duration >= 0 && v.Duration <= visit.MaxDuration {
			dst = appendMillis(append(dst, `,"response_time":`...), v.Duration)
		}
		if v.ClientIP != "" {
			dst = append(append(append(dst, `,"ip":"`...), v.ClientIP...), '"')
		}
		return Encoded{Bytes: append(dst, '}'), Cut: cut}
	}
}

// belongsTo reports whether a host is a domain or one of its subdomains. A domain that
// begins with "www." is that of the same site without it.
func belongsTo(host, domain string) bool {
	rest, found := strings.CutSuffix(host, domain)
	if found && (rest == "" || rest[len(rest)-1] == '.') {
		return true
	}
	bare, found := strings.CutPrefix(domain, "www.")
	return found && host == bare
}

var scrunchAgent = newMember("user_agent")

// missingForScrunch is the first required field that a visit lacks.
func missingForScrunch(agent string, status int, site string) visit.SkipReason {
	switch {
	case agent == "":
		return visit.SkipNoUserAgent
	case status == 0:
		return visit.SkipNoStatus
	case site == "":
		return visit.SkipNoHost
	}
	return visit.NotSkipped
}

// checkSiteID never shows the id, because it may be the API's key.
func checkSiteID(f validation.Faults, id, apiKey string) {
	switch {
	case id == "":
		f.Add("site_id", "is empty: set it to the site's id from Scrunch's dashboard, for example to ${env:SCRUNCH_SITE_ID}, and see that this variable is set where the Collector runs")
	case isULID(id):
	case isULID(apiKey):
		f.Add("site_id", "is no ULID, but %s is one: exchange the two", f.Key("api_key"))
	default:
		f.Add("site_id", "is a text of %d characters and no ULID (26 letters and digits without I, L, O and U, the first from 0 to 7, such as 01ARZ3NDEKTSV4RRFFQ69G5FAV): copy the site's id from Scrunch's dashboard; the key goes into %s", len(id), f.Key("api_key"))
	}
}

const ulidLength = 26

// isULID recognises a Universally Unique Lexicographically Sortable Identifier: 26
// characters of Crockford's base 32, the first of them at most 7.
func isULID(s string) bool {
	const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
	return len(s) == ulidLength && s[0] <= '7' && strings.Trim(strings.ToUpper(s), alphabet) == ""
}

// checkDomain does not show the domain, because a URL in its place may hold a secret.
func checkDomain(f validation.Faults, domain string) {
	if domain != "" && (uri.Host(domain) != domain || uri.SiteName(domain) != domain) {
		f.Add("domain", "is a text of %d characters and no domain: write the site's domain alone, in lower case, without scheme, port and path, such as example.com, and an international name in the form xn--", len(domain))
	}
}
