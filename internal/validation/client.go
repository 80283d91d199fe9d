// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package validation

import (
	"net"
	"net/http"
	"net/url"
	"strings"

	"go.opentelemetry.io/collector/config/configopaque"
)

// Endpoint checks the base URL of an API, which may be empty. The exporter adds apiPath
// to it, which is empty if the API is not known.
func Endpoint(f Faults, endpoint, apiPath string, allowUnencrypted bool) {
	if endpoint == "" {
		return
	}
	u, err := url.Parse(endpoint)
	if err != nil || u.Hostname() == "" || u.Scheme != "http" && u.Scheme != "https" {
		f.Add("endpoint", "is %q, which is not an http or https URL: write the base URL of the API, such as https://api.knownagents.com, or leave it out", withoutSecrets(endpoint))
		return
	}
	base, where := u.Scheme+"://"+u.Host, Shorten(u.Scheme+"://"+u.Host+u.Path)
	if u.User == nil {
		where = withoutSecrets(endpoint)
	} else {
		f.Add("endpoint", "has a user name or password before %q: remove it; the secret goes into `known_agents::access_token` or `scrunch::api_key`", Shorten(u.Host))
	}
	if u.RawQuery != "" || u.ForceQuery || strings.Contains(endpoint, "#") {
		f.Add("endpoint", "has a query or fragment after %q: remove it", where)
	}
	if u.Scheme == "http" && !isLoopback(u.Hostname()) && !allowUnencrypted {
		f.Add("endpoint", "is %q, which would send the secret and the visits unencrypted: write https, or set `tls::insecure` to true to allow it", where)
	}
	if apiPath == "" {
		return
	}
	first, _, _ := strings.Cut(apiPath[1:], "/")
	if before, _, found := strings.Cut(u.Path+"/", "/"+first+"/"); found {
		f.Add("endpoint", "is %q: the exporter itself adds %s; write %q", where, apiPath, Shorten(base+before))
	}
}

// Proxy checks the URL of a proxy, which may be empty.
func Proxy(f Faults, proxy string) {
	if u, err := url.Parse(proxy); proxy != "" && (err != nil || u.Hostname() == "") {
		f.Add("proxy_url", "is %q, which is not a URL: write the proxy's URL, such as http://proxy.example.com:3128", withoutSecrets(proxy))
	}
}

// Headers rejects headers that would overwrite one of the exporter's own. secretOf has,
// for each header that holds a secret, the YAML key of that secret.
func Headers(f Faults, headers configopaque.MapList, secretOf map[string]string) {
	for name := range headers.Iter {
		canonical := http.CanonicalHeaderKey(name)
		if canonical == "Content-Type" {
			f.Add(name, "would overwrite the media type that the API expects: remove it")
		} else if secret, taken := secretOf[canonical]; taken {
			f.Add(name, "would overwrite the secret of `%s`: remove one of them", secret)
		}
	}
}

// withoutSecrets cuts what should be a URL to the part that holds no secret. If there is
// an "@", any part may belong to a secret.
func withoutSecrets(endpoint string) string {
	if strings.Contains(endpoint, "@") {
		return "..."
	}
	if i := strings.IndexAny(endpoint, "?#"); i >= 0 {
		endpoint = endpoint[:i]
	}
	return Shorten(endpoint)
}

// isLoopback reports whether a host is the machine itself.
func isLoopback(name string) bool {
	ip := net.ParseIP(name)
	return strings.EqualFold(name, "localhost") || ip != nil && ip.IsLoopback()
}
