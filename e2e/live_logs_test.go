// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"os"
	"path/filepath"
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
	nginx := program(t, "nginx")
	l.start()
	server := l.launch(collector.Command{Path: nginx, Args: []string{"-p", l.dir, "-c", l.write("nginx.conf"), "-e", "stderr"}})
	l.check(combined, func() { require.NoError(t, server.Stop(l.ctx)) })
}

func TestLiveApacheWithItsDefaultLog(t *testing.T) {
	l := newLive(t, "live_log.yaml")
	apache := program(t, "apache2")
	l.start()
	server := l.launch(collector.Command{Path: apache, Args: []string{"-D", "FOREGROUND", "-f", l.write("apache.conf")}})
	l.check(combined, func() { require.NoError(t, server.Stop(l.ctx)) })
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
