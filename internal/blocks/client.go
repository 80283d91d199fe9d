// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package blocks

import (
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"go.opentelemetry.io/collector/config/configopaque"

	"github.com/agentvisits/agentvisitsexporter/internal/validation"
)

// Endpoint checks the base URL of an API, which may be empty. The exporter adds apiPath
// to it, which is empty if the API is not known. Of the URL, messages show the scheme and
// the host alone, and nothing if these may be a part of a secret.
func Endpoint(f validation.Faults, endpoint, apiPath string, allowUnencrypted bool) {
	if endpoint == "" {
		return
	}
	u, err := url.Parse(endpoint)
	if err != nil || !isHost(u) || u.Scheme != "http" && u.Scheme != "https" {
		f.Add("endpoint", "is not an http or https URL: write the base URL of the API, such as https://api.knownagents.com, or leave it out")
		return
	}
	where := shownURL(endpoint, u)
	if u.User != nil {
		f.Add("endpoint", "has a user name or password before the host: remove it; the secret goes into `known_agents::access_token` or `scrunch::api_key`")
	}
	if u.RawQuery != "" || u.ForceQuery || strings.Contains(endpoint, "#") {
		f.Add("endpoint", "(%s) has a query or fragment: remove it", where)
	}
	if u.Scheme == "http" && !isLoopback(u.Hostname()) && !allowUnencrypted {
		f.Add("endpoint", "(%s) would send the secret and the visits unencrypted: write https, or set `tls::insecure` to true to allow it", where)
	}
	if apiPath == "" {
		return
	}
	first, _, _ := strings.Cut(apiPath[1:], "/")
	if strings.Contains(u.Path+"/", "/"+first+"/") {
		f.Add("endpoint", "(%s) has the path /%s, which the exporter itself adds: end the URL before it", where, first)
	}
}

// shownURL is what messages show of an endpoint. If there is an "@", any part may belong
// to a secret.
func shownURL(endpoint string, u *url.URL) string {
	if strings.Contains(endpoint, "@") {
		return "..."
	}
	return validation.Shorten(u.Scheme + "://" + u.Host)
}

// Proxy checks the URL of a proxy, which may be empty. It shows nothing of it, because a
// password may stand anywhere in it.
func Proxy(f validation.Faults, proxy string) {
	if proxy == "" {
		return
	}
	u, err := url.ParseRequestURI(proxy)
	if err != nil || !isHost(u) || strings.Contains(proxy, "#") || !slices.Contains(proxySchemes, u.Scheme) {
		f.Add("proxy_url", "is not the URL of a proxy: write one such as http://proxy.example.com:3128, whose scheme is one of %s; in a password write %%23 for #", strings.Join(proxySchemes, ", "))
	}
}

// isHost reports whether somebody can listen at the host and port of a URL. url.Parse
// takes more, such as the placeholder <host> and the port 99999.
func isHost(u *url.URL) bool {
	if port := u.Port(); port != "" {
		if number, err := strconv.ParseUint(port, 10, 16); err != nil || number == 0 {
			return false
		}
	}
	name := u.Hostname()
	return name != "" && !strings.ContainsFunc(name, func(r rune) bool { return r <= ' ' || strings.ContainsRune(`<>"{}|\^$`+"`", r) })
}

// proxySchemes are those that Go's HTTP client knows.
var proxySchemes = []string{"http", "https", "socks5", "socks5h"}

// Headers rejects headers that no request can carry, and those that would overwrite one
// of the exporter's own. secretOf has, for each header that holds a secret, the YAML key
// of that secret. No value is shown, and no name that is none: it may be a secret.
func Headers(f validation.Faults, headers configopaque.MapList, secretOf map[string]string) {
	for name, value := range headers.Iter {
		canonical := http.CanonicalHeaderKey(name)
		secret, taken := secretOf[canonical]
		switch {
		case !isToken(name):
			f.Add("headers", "has a name of %d bytes that no request can carry: write one such as X-Gateway, without a space, a colon, a line break or a letter beyond ASCII", len(name))
		case strings.ContainsFunc(string(value), endsHeader):
			f.Add("headers::"+name, "holds a line break or another control character, which no header can: look for one at the end of the file or variable that the value comes from")
		case taken:
			f.Add("headers::"+name, "would overwrite the secret of `%s`: remove one of them", secret)
		case ownHeaders[canonical] != "":
			f.Add("headers::"+name, "%s", ownHeaders[canonical])
		}
	}
}

// ownHeaders belong to the body or to the connection, so nobody else can set them. With
// some of them HTTP/2 refuses a request; others Go's HTTP client ignores.
var ownHeaders = map[string]string{
	"Content-Type":      "would overwrite the media type that the API expects: remove it",
	"Content-Encoding":  "would name an encoding that the body does not have: remove it; `compression` compresses bodies",
	"Content-Length":    ownOfHTTP,
	"Transfer-Encoding": ownOfHTTP,
	"Trailer":           ownOfHTTP,
	"Te":                ownOfHTTP,
	"Connection":        ownOfHTTP,
	"Keep-Alive":        ownOfHTTP,
	"Proxy-Connection":  ownOfHTTP,
	"Upgrade":           ownOfHTTP,
}

const ownOfHTTP = "belongs to the connection, and the HTTP client sets it: remove it"

// isToken reports whether a text is a token, as names of headers are (RFC 9110, section
// 5.6.2).
func isToken(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool {
		letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
		return !letter && !strings.ContainsRune(tokenMarks, r)
	})
}

const tokenMarks = "!#$%&'*+-.^_`|~"

// endsHeader reports whether a character cannot be in a header's value (RFC 9110,
// section 5.5).
func endsHeader(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }

// isLoopback reports whether a host is the machine itself.
func isLoopback(name string) bool {
	ip := net.ParseIP(name)
	return strings.EqualFold(name, "localhost") || ip != nil && ip.IsLoopback()
}
