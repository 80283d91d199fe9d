// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package accesslog

import (
	"strconv"
	"strings"

	"github.com/agentvisits/agentvisitsexporter/internal/ascii"
)

// takeHeaders takes the first two texts in quotation marks that stand together. They are
// referer and user agent, in most formats, whatever a visitor wrote there. Others put the user
// agent first, or a host or X-Forwarded-For before both. Then the second text has the form of
// something else and another one that of a user agent, and neither is taken: which format it
// is stays unknown. after are the texts that follow.
func (e *Entry) takeHeaders(referer, agent string, after cursor) {
	if !isMozilla(agent) && isMisplacedAgent(agent) {
		next := after.nextQuoted()
		if isLikeAgent(referer) || isLikeAgent(next) && (!isReferer(referer) || !isServer(next)) {
			return
		}
	}
	e.Referer, e.UserAgent = referer, agent
}

// isReferer reports whether a text is absent or a URL.
func isReferer(text string) bool { return text == "-" || text == "" || isURL(text) }

// isServer reports whether a text begins with the name of a server, which some formats write
// after the user agent.
func isServer(text string) bool {
	product, _, _ := strings.Cut(text, "/")
	return servers[strings.ToLower(product)]
}

// servers are the products that servers call themselves in the header "Server".
var servers = ascii.WordSet(`nginx nginx-plus openresty tengine angie freenginx apache httpd lighttpd litespeed openlitespeed caddy microsoft-iis
	microsoft-httpapi kestrel envoy haproxy varnish traefik squid gunicorn uvicorn hypercorn granian werkzeug waitress cherrypy
	twistedweb tornadoserver tornado wsgiserver simplehttp puma thin webrick passenger phusion unicorn jetty tomcat apache-coyote
	coyote undertow wildfly payara glassfish cowboy bandit yaws mochiweb mongrel hiawatha h2o cloudflare ats trafficserver awselb
	unit nginx-unit iis`)

// isMozilla reports whether a text begins as the user agents of browsers do.
func isMozilla(text string) bool { return strings.HasPrefix(text, "Mozilla/") }

func isLikeAgent(text string) bool { return isMozilla(text) || isAgent(text) }

// isMisplacedAgent reports whether a text is absent, a URL, a host or a list of addresses.
func isMisplacedAgent(text string) bool {
	return text == "-" || strings.HasPrefix(text, "https://") || strings.HasPrefix(text, "http://") || isHostText(text) || isChain(text)
}

// isAgent reports whether a text begins with a product and its version, as nearly all user
// agents do.
func isAgent(text string) bool {
	product, version, found := strings.Cut(text, "/")
	if !found || product == "" || product == "HTTP" || version == "" || !ascii.IsDigit(version[0]) {
		return false
	}
	for i := range len(product) {
		if c := product[i]; !ascii.IsDigit(c) && (c|0x20 < 'a' || c|0x20 > 'z') && strings.IndexByte("-_.+", c) < 0 {
			return false
		}
	}
	return true
}

// hasUsualStatus reports whether a status stands between the date and the request line. It may
// also be a port or how long the response took.
func hasUsualStatus(text string) bool {
	for word := range strings.FieldsSeq(text) {
		if code, err := strconv.Atoi(word); err == nil && isUsualStatus(code) {
			return true
		}
	}
	return false
}

// isUsualStatus reports whether a number is a status that servers answer with every day.
func isUsualStatus(code int) bool {
	switch code {
	case 200, 201, 202, 204, 206, 301, 302, 303, 304, 307, 308, 400, 401, 403, 404, 405, 410, 429, 499, 500, 502, 503, 504:
		return true
	}
	return false
}
