// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import (
	"net"
	"net/http"
	"net/url"
	"strings"

	"go.opentelemetry.io/collector/config/configopaque"
)

// checkEndpoint checks the base URL of an API. It may be empty. The exporter adds
// apiPath to it; that is empty if the API is not known.
func checkEndpoint(f faults, endpoint, apiPath string, allowUnencrypted bool) {
	if endpoint == "" {
		return
	}
	u, err := url.Parse(endpoint)
	if err != nil || u.Hostname() == "" || u.Scheme != "http" && u.Scheme != "https" {
		f.add("endpoint", "is %q, which is no http or https URL: write the base URL of the API, such as https://api.knownagents.com, or leave it out", withoutSecrets(endpoint))
		return
	}
	base, where := u.Scheme+"://"+u.Host, shorten(u.Scheme+"://"+u.Host+u.Path)
	if u.User == nil {
		where = withoutSecrets(endpoint)
	} else {
		f.add("endpoint", "has a user name or password before %q: remove it; the secret goes into `known_agents::access_token` or `scrunch::api_key`", shorten(u.Host))
	}
	if u.RawQuery != "" || u.ForceQuery || strings.Contains(endpoint, "#") {
		f.add("endpoint", "has a query or fragment after %q: remove it", where)
	}
	if u.Scheme == "http" && !isLoopback(u.Hostname()) && !allowUnencrypted {
		f.add("endpoint", "is %q, which would send the secret and the visits unencrypted: write https, or set `tls::insecure` to true to allow it", where)
	}
	if apiPath == "" {
		return
	}
	first, _, _ := strings.Cut(apiPath[1:], "/")
	if before, _, found := strings.Cut(u.Path+"/", "/"+first+"/"); found {
		f.add("endpoint", "is %q: the exporter itself adds %s; write %q", where, apiPath, shorten(base+before))
	}
}

func checkProxy(f faults, proxy string) {
	if u, err := url.Parse(proxy); proxy != "" && (err != nil || u.Hostname() == "") {
		f.add("proxy_url", "is %q, which is no URL: write the proxy's URL, such as http://proxy.example.com:3128", withoutSecrets(proxy))
	}
}

// withoutSecrets cuts what should be a URL to what can hold no secret. Where
// there is an "@", anything before or after it may be a part of one.
func withoutSecrets(endpoint string) string {
	if strings.Contains(endpoint, "@") {
		return "..."
	}
	if i := strings.IndexAny(endpoint, "?#"); i >= 0 {
		endpoint = endpoint[:i]
	}
	return shorten(endpoint)
}

func isLoopback(name string) bool {
	ip := net.ParseIP(name)
	return strings.EqualFold(name, "localhost") || ip != nil && ip.IsLoopback()
}

// checkHeaders refuses configured headers that would overwrite those that the
// exporter sets. secretOf has the YAML key of the secret that a header holds.
func checkHeaders(f faults, headers configopaque.MapList, secretOf map[string]string) {
	for name := range headers.Iter {
		canonical := http.CanonicalHeaderKey(name)
		if canonical == "Content-Type" {
			f.add(name, "would overwrite the media type that the API expects: remove it")
		} else if secret, taken := secretOf[canonical]; taken {
			f.add(name, "would overwrite the secret of `%s`: remove one of them", secret)
		}
	}
}
