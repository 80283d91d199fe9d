// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/collector"
)

// combined is a source with lines in the combined format: no host, no duration, the
// address of the connection, whole seconds.
var combined = source{precision: time.Second, noDuration: true, domain: "www.example.com"}

func TestLiveNginxWithItsDefaultLog(t *testing.T) {
	l := newLive(t, "live_log.yaml")
	l.checkNginx("access_log @LOG@;", combined)
}

func TestLiveNginxWithTheLogOfTheDocumentation(t *testing.T) {
	l := newLive(t, "live_log.yaml")
	l.checkNginx(documented(t, "nginx", "/var/log/nginx/visits.log"), source{precision: 2 * time.Millisecond, domain: "www.example.com", observe: observeDocumentedLog})
}

func TestLiveApacheWithItsDefaultLog(t *testing.T) {
	l := newLive(t, "live_log.yaml")
	l.checkApache("CustomLog @LOG@ combined", combined)
}

func TestLiveApacheWithVirtualHostsInTheLog(t *testing.T) {
	l := newLive(t, "live_log.yaml")
	l.checkApache("CustomLog @LOG@ vhost_combined", source{
		precision: time.Second, noDuration: true, domain: "www.example.com",
		observe: func(_ *liveRequest, o *observation) { o.host = "www.example.com" },
	})
}

func TestLiveApacheWithTheLogOfTheDocumentation(t *testing.T) {
	l := newLive(t, "live_log.yaml")
	l.checkApache(documented(t, "apache", "/var/log/apache2/visits.log"), source{
		precision: 2 * time.Millisecond, domain: "www.example.com",
		observe: func(r *liveRequest, o *observation) {
			observeDocumentedLog(r, o)
			o.scheme, o.host = "https", strings.ToLower(r.Host)
			if kind, _, found := strings.Cut(r.received.Get("Content-Type"), ";"); found {
				o.response["content-type"] = kind // Apache logs it without parameters
			}
		},
	})
}

func TestLiveHAProxyWithItsDefaultLog(t *testing.T) {
	l := newLive(t, "live_log.yaml")
	haproxy := program(t, "haproxy")
	log, err := os.Create(filepath.Join(l.dir, "access.log"))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, log.Close()) })
	l.start()
	l.launch(collector.Command{Path: haproxy, Args: []string{"-f", l.write("haproxy.cfg")}, Log: log})
	l.check(source{
		precision: 2 * time.Millisecond, domain: "www.example.com",
		observe: func(r *liveRequest, o *observation) {
			o.agent, o.headers = "", nil // HAProxy logs only configured headers
			switch {
			case len(r.Target) > 900:
				o.skip = "not_access_log" // HAProxy cuts lines to 1024 bytes
			case r.Name == "health check by user agent":
				o.skip = ""
			}
		},
	}, func() {}) // HAProxy loses the last line when it is stopped
}

func TestLiveLighttpdWithItsDefaultLog(t *testing.T) {
	l := newLive(t, "live_log.yaml")
	lighttpd := program(t, "lighttpd")
	l.start()
	server := l.launch(collector.Command{Path: lighttpd, Args: []string{"-D", "-f", l.write("lighttpd.conf")}, Log: l.log})
	l.check(source{
		precision:  2 * time.Second, // it logs whole seconds of a clock that it reads once a second (src/server.c, server_handle_sigalrm)
		noDuration: true, domain: "www.example.com",
		observe: func(r *liveRequest, o *observation) { o.host = strings.ToLower(r.Host) },
	}, func() { _ = server.Stop(l.ctx) }) // its exit code is 1
}

// documented returns the first block of a language in docs/access-logs.md, with the log
// in this test's folder.
func documented(t *testing.T, language, path string) string {
	t.Helper()
	found := blocks(t, "docs/access-logs.md", language)
	require.NotEmpty(t, found)
	require.Contains(t, found[0], path)
	return strings.ReplaceAll(found[0], path, "@LOG@")
}

// observeDocumentedLog keeps what the log formats of the documentation record. nginx escapes a
// quotation mark as \x22, and a parser may leave that escape. So the exporter cannot
// tell whether \x22 in a user agent was a quotation mark.
func observeDocumentedLog(r *liveRequest, o *observation) {
	o.agent = strings.ReplaceAll(o.agent, `\x22`, `"`)
	o.scheme, o.host = "http", r.hostName()
	o.headers = r.captured("referer", "x-forwarded-for", "signature", "signature-input", "signature-agent", "dnt")
	o.response = r.answer("content-type")
	if client := namedClient(r); client != "" && o.headers["x-forwarded-for"] != "" {
		o.client = client
	}
}

// checkNginx runs nginx with a log directive and compares the visits.
func (l *live) checkNginx(logging string, from source) {
	l.t.Helper()
	l.logging = strings.ReplaceAll(logging, "@LOG@", filepath.Join(l.dir, "access.log"))
	nginx := program(l.t, "nginx")
	l.start()
	server := l.launch(collector.Command{Path: nginx, Args: []string{"-p", l.dir, "-c", l.write("nginx.conf"), "-e", "stderr"}, Log: l.log})
	l.check(from, func() { require.NoError(l.t, server.Stop(l.ctx)) })
}

// checkApache runs Apache with a log directive and compares the visits.
func (l *live) checkApache(logging string, from source) {
	l.t.Helper()
	l.logging = strings.ReplaceAll(logging, "@LOG@", filepath.Join(l.dir, "access.log"))
	apache := program(l.t, "apache2")
	l.start()
	server := l.launch(collector.Command{Path: apache, Args: []string{"-D", "FOREGROUND", "-f", l.write("apache.conf")}, Log: l.log})
	l.check(from, func() { require.NoError(l.t, server.Stop(l.ctx)) })
}
