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

	"github.com/agentvisits/agentvisitsexporter/internal/collector"
)

// combined is what a line in the combined format tells: no host, no duration,
// the connection's address, whole seconds.
var combined = source{precision: time.Second, noDuration: true, domain: "www.example.com"}

func TestLiveNginxWithItsDefaultLog(t *testing.T) {
	l := newLive(t, "live_log.yaml")
	l.checkNginx("access_log @LOG@;", combined)
}

func TestLiveNginxWithTheLogOfTheDocumentation(t *testing.T) {
	l := newLive(t, "live_log.yaml")
	l.checkNginx(documented(t, "nginx", "/var/log/nginx/access.json"), source{precision: 2 * time.Millisecond, domain: "www.example.com", tell: documentedStory})
}

func TestLiveApacheWithItsDefaultLog(t *testing.T) {
	l := newLive(t, "live_log.yaml")
	l.checkApache("CustomLog @LOG@ combined", combined)
}

func TestLiveApacheWithVirtualHostsInItsLog(t *testing.T) {
	l := newLive(t, "live_log.yaml")
	l.checkApache("CustomLog @LOG@ vhost_combined", source{
		precision: time.Second, noDuration: true, domain: "www.example.com",
		tell: func(_ *liveRequest, s *story) { s.host = "www.example.com" },
	})
}

func TestLiveApacheWithTheLogOfTheDocumentation(t *testing.T) {
	l := newLive(t, "live_log.yaml")
	l.checkApache(documented(t, "apache", "/var/log/apache2/access.json"), source{
		precision: 2 * time.Millisecond, domain: "www.example.com",
		tell: func(r *liveRequest, s *story) {
			documentedStory(r, s)
			s.scheme, s.host = "https", strings.ToLower(r.Host)
			delete(s.headers, "signature-agent")
			if kind, _, found := strings.Cut(r.received.Get("Content-Type"), ";"); found {
				s.response["content-type"] = kind // Apache logs it without parameters
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
		tell: func(r *liveRequest, s *story) {
			s.agent, s.headers = "", nil // it logs no header that it was not told to
			switch {
			case len(r.Target) > 900:
				s.skip = "not_access_log" // it cuts lines to 1024 bytes
			case r.Name == "health check by user agent":
				s.skip = ""
			}
		},
	}, func() {}) // stopped, it would leave out the last line
}

// documented is the first block of a language in docs/access-logs.md, with the
// log in this test's folder.
func documented(t *testing.T, language, path string) string {
	t.Helper()
	found := blocks(t, "docs/access-logs.md", language)
	require.NotEmpty(t, found)
	require.Contains(t, found[0], path)
	return strings.ReplaceAll(found[0], path, "@LOG@")
}

// documentedStory is what the logs of the documentation tell. A user agent that
// holds \x22 itself cannot be told from one in which a parser before the
// exporter left nginx' escape of a quotation mark.
func documentedStory(r *liveRequest, s *story) {
	s.agent = strings.ReplaceAll(s.agent, `\x22`, `"`)
	s.scheme, s.host = "http", r.hostName()
	s.headers = r.captured("referer", "x-forwarded-for", "signature-agent")
	s.response = r.answer("content-type")
	if client := namedClient(r); client != "" && s.headers["x-forwarded-for"] != "" {
		s.client = client
	}
}

func (l *live) checkNginx(logging string, from source) {
	l.t.Helper()
	l.logging = strings.ReplaceAll(logging, "@LOG@", filepath.Join(l.dir, "access.log"))
	nginx := program(l.t, "nginx")
	l.start()
	server := l.launch(collector.Command{Path: nginx, Args: []string{"-p", l.dir, "-c", l.write("nginx.conf"), "-e", "stderr"}, Log: l.log})
	l.check(from, func() { require.NoError(l.t, server.Stop(l.ctx)) })
}

func (l *live) checkApache(logging string, from source) {
	l.t.Helper()
	l.logging = strings.ReplaceAll(logging, "@LOG@", filepath.Join(l.dir, "access.log"))
	apache := program(l.t, "apache2")
	l.start()
	server := l.launch(collector.Command{Path: apache, Args: []string{"-D", "FOREGROUND", "-f", l.write("apache.conf")}, Log: l.log})
	l.check(from, func() { require.NoError(l.t, server.Stop(l.ctx)) })
}
