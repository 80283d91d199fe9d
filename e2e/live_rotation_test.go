// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"bufio"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/collector"
	"github.com/agentvisits/agentvisitsexporter/internal/dev/fakeapi"
)

// rotated is a real server whose log the real logrotate rotates. A Collector reads the log for
// both destinations, with the configuration of docs/access-logs.md, in which only addresses
// and folders are changed and the queues made small.
type rotated struct {
	*live
	asked atomic.Int64 // requests so far
}

// rotation is a way to rotate the log of a server.
type rotation struct {
	server     string
	directives string // of logrotate, as lines
}

func newRotated(t *testing.T, how rotation) *rotated {
	t.Helper()
	l := &rotated{live: newLive(t)}
	l.gates = []string{"stanza.synchronousLogEmitter"}
	l.env["KNOWN_AGENTS_ACCESS_TOKEN"], l.env["SCRUNCH_SITE_ID"], l.env["SCRUNCH_API_KEY"] = accessToken, siteID, apiKey
	copied := filepath.Join(l.dir, "copied.yaml")
	config := recipe(t, l.dir, l.dir+"/queue")
	require.NoError(t, os.WriteFile(copied, []byte(config), 0o600))
	l.configs = []string{copied, filepath.Join("testdata", "rotated.yaml")}

	signal := "\n postrotate\n  kill -USR1 $(cat " + l.dir + "/server.pid)\n endscript"
	if strings.Contains(how.directives, "copytruncate") {
		signal = ""
	}
	text := l.dir + "/access.log {\n rotate 14\n missingok\n notifempty\n " + how.directives + signal + "\n}\n"
	require.NoError(t, os.WriteFile(l.dir+"/logrotate.conf", []byte(text), 0o600))

	var server *collector.Process
	switch how.server {
	case "nginx":
		server = l.launch(collector.Command{Path: program(t, "nginx"), Args: []string{"-p", l.dir, "-c", l.write("rotated_nginx.conf"), "-e", "stderr"}, Log: l.log})
	case "apache":
		server = l.launch(collector.Command{Path: program(t, "apache2"), Args: []string{"-DFOREGROUND", "-f", l.write("rotated_apache.conf")}, Log: l.log})
	}
	t.Cleanup(func() { assert.NoError(t, server.Stop(context.Background())) }) // which ends its workers, too
	return l
}

// recipe is the configuration of docs/access-logs.md for two destinations, with other folders
// for the log and for what waits.
func recipe(t *testing.T, logs, storage string) string {
	t.Helper()
	for _, text := range blocks(t, "docs/access-logs.md", "yaml") {
		if strings.Contains(text, "file_log/scrunch") {
			return strings.NewReplacer("/var/log/nginx", logs, "/var/lib/otelcol/visits", storage).Replace(text)
		}
	}
	require.Fail(t, "docs/access-logs.md must have a configuration for two destinations")
	return ""
}

// begin starts the Collector and returns when both receivers know the log.
func (l *rotated) begin() {
	l.t.Helper()
	l.ask(1)
	l.start()
	l.eventually(func() error {
		if n := strings.Count(l.log.String(), "Started watching file"); n < 2 {
			return fmt.Errorf("%d receivers watch the log", n)
		}
		return nil
	})
}

// ask sends requests, each for a page of its own, and returns when all are answered.
func (l *rotated) ask(n int) {
	const clients, perSecond = 4, 1500
	var all sync.WaitGroup
	ticker := time.NewTicker(time.Second / perSecond)
	defer ticker.Stop()
	var left atomic.Int64
	left.Store(int64(n))
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: clients}, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	defer client.CloseIdleConnections()
	for range clients {
		all.Go(func() {
			for left.Add(-1) >= 0 {
				<-ticker.C
				id := l.asked.Add(1)
				req, err := http.NewRequestWithContext(l.ctx, http.MethodGet, fmt.Sprintf("http://127.0.0.1:%s/page-%d.", l.port, id), http.NoBody)
				if err != nil {
					return
				}
				req.Header.Set("User-Agent", "ExampleBot/1.0")
				if resp, err := client.Do(req); err == nil {
					_ = resp.Body.Close()
				}
			}
		})
	}
	all.Wait()
}

// asking sends requests until it is ended.
func (l *rotated) asking() (end func()) {
	ctx, cancel := context.WithCancel(l.ctx)
	var all sync.WaitGroup
	all.Go(func() {
		for ctx.Err() == nil {
			l.ask(100)
		}
	})
	return func() { cancel(); all.Wait() }
}

// await waits until n more requests are under way.
func (l *rotated) await(n int64) {
	l.t.Helper()
	want := l.asked.Load() + n
	l.eventually(func() error {
		if now := l.asked.Load(); now < want {
			return fmt.Errorf("%d of %d requests", now, want)
		}
		return nil
	})
}

// rotate runs logrotate.
func (l *rotated) rotate() {
	l.t.Helper()
	out, err := exec.CommandContext(l.ctx, program(l.t, "logrotate"), "-f", "-s", l.dir+"/state", l.dir+"/logrotate.conf").CombinedOutput()
	require.NoError(l.t, err, string(out))
}

var pageForm = regexp.MustCompile(`/page-\d+\.`)

// written is how often each page stands in the logs, except for the one of begin.
func (l *rotated) written() map[string]int {
	l.t.Helper()
	files, err := filepath.Glob(l.dir + "/access.log*")
	require.NoError(l.t, err)
	pages := map[string]int{}
	for _, name := range files {
		file, err := os.Open(name)
		require.NoError(l.t, err)
		var text io.Reader = file
		if strings.HasSuffix(name, ".gz") {
			text, err = gzip.NewReader(file)
			require.NoError(l.t, err)
		}
		for lines := bufio.NewScanner(text); lines.Scan(); {
			pages[pageForm.FindString(lines.Text())]++
		}
		require.NoError(l.t, file.Close())
	}
	delete(pages, "/page-1.")
	delete(pages, "")
	return pages
}

// delivered is how often each page has arrived.
func (l *rotated) delivered(at fakeapi.Destination) map[string]int {
	pages := map[string]int{}
	if at == fakeapi.Scrunch {
		for _, v := range l.api.ScrunchVisits() {
			pages[v.Path]++
		}
		return pages
	}
	for _, v := range l.api.KnownAgentsVisits() {
		pages[v.RequestPath]++
	}
	return pages
}

// requireAll waits until each line that is written has arrived at a destination. It returns
// how many have arrived more than once.
func (l *rotated) requireAll(at fakeapi.Destination) (doubled int) {
	l.t.Helper()
	written := l.written()
	require.NotEmpty(l.t, written)
	var delivered map[string]int
	l.eventually(func() error {
		delivered = l.delivered(at)
		lost := 0
		for page := range written {
			if delivered[page] == 0 {
				lost++
			}
		}
		if lost > 0 {
			return fmt.Errorf("%d of %d lines have not arrived at %s", lost, len(written), at)
		}
		return nil
	})
	for _, times := range delivered {
		doubled += times - 1
	}
	l.t.Logf("%s: %d requests, %d lines written, all delivered, %d of them again", at, l.asked.Load()-1, len(written), doubled)
	return doubled
}
