// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fakeapi"
	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
)

// TestMain lets the tests start this program as one that can be killed.
func TestMain(m *testing.M) {
	if os.Getenv("DELIVER_ARGS") != "" {
		os.Args = append(os.Args[:1], strings.Split(os.Getenv("DELIVER_ARGS"), "\n")...)
		main()
		return
	}
	os.Exit(m.Run())
}

// site is a folder with logs and a configuration, and the API to which it delivers.
type site struct {
	t     *testing.T
	dir   string
	api   *fakeapi.Server
	lines int // that were written
}

func newSite(t *testing.T, settings fakeapi.Settings) *site {
	t.Helper()
	api, err := fakeapi.Listen("127.0.0.1:0", settings)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, api.Close()) })
	s := &site{t: t, dir: t.TempDir(), api: api}
	s.configure("")
	return s
}

// configure writes the configuration, with more of the exporter's block.
func (s *site) configure(more string) {
	s.put("collector.yaml", fmt.Sprintf("receivers:\n  otlp:\nexporters:\n  debug:\n  agent_visits:\n    endpoint: %s\n    scrunch: {site_id: %s, api_key: \"${env:NO_SUCH_KEY:-%s}\", domain: example.com}\n    retry_on_failure: {initial_interval: 100ms, max_interval: 200ms}\n%s",
		s.api.URL(), fixture.SiteID, fixture.Key, more))
}

func (s *site) path(name string) string { return filepath.Join(s.dir, name) }

func (s *site) put(name, content string) {
	require.NoError(s.t, os.WriteFile(s.path(name), []byte(content), 0o600))
}

var begin = time.Date(2026, time.May, 4, 0, 0, 0, 0, time.UTC)

// more are the next n lines, a minute apart, each with a path of its own.
func (s *site) more(n int) string {
	var out strings.Builder
	for range n {
		fmt.Fprintf(&out, "192.0.2.7 - - [%s] \"GET /line/%d HTTP/1.1\" 200 512 \"-\" \"GPTBot/1.2\"\n",
			begin.Add(time.Duration(s.lines)*time.Minute).Format("02/Jan/2006:15:04:05 -0700"), s.lines)
		s.lines++
	}
	return out.String()
}

func gzipped(t *testing.T, content string) string {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	_, err := w.Write([]byte(content))
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return out.String()
}

// args are those of a run over the site's logs. Options come first.
func (s *site) args(options ...string) []string {
	logs, err := filepath.Glob(s.path("access.log*"))
	require.NoError(s.t, err)
	return append(append([]string{"-config", s.path("collector.yaml")}, options...), logs...)
}

// run delivers and returns the exit code and what was printed.
func (s *site) run(ctx context.Context, options ...string) (code int, printed string) {
	var out bytes.Buffer
	code = run(ctx, s.args(options...), nil, &out, &out)
	return code, out.String()
}

// delivered is how often the API has each line.
func (s *site) delivered() map[string]int {
	times := map[string]int{}
	for _, v := range s.api.ScrunchVisits() {
		times[v.Path]++
	}
	return times
}

// requireEachOnce says that the API has the first n lines, and each once.
func (s *site) requireEachOnce(n int) {
	s.t.Helper()
	times := s.delivered()
	assert.Equal(s.t, n, len(times)) //nolint:testifylint // Len would print thousands of paths
	requireOnce(s.t, times)
}

func requireOnce(t *testing.T, times map[string]int) {
	t.Helper()
	for path, n := range times {
		require.Equal(t, 1, n, path)
	}
}

func TestEachLineIsDeliveredOnceFromTheOldestOn(t *testing.T) {
	s := newSite(t, fakeapi.Settings{})
	s.put("access.log.2.gz", gzipped(t, s.more(2500)))
	s.put("access.log.1", s.more(1200)+"no line of a request\n")
	s.put("access.log", s.more(300)+`192.0.2.7 - - [04/May`)
	code, printed := s.run(t.Context())
	assert.Zero(t, code, printed)
	assert.Regexp(t, `4,000  visits delivered`, printed)
	assert.Regexp(t, `1  lines are no visits: not_access_log. It lacks a method`, printed)
	assert.Regexp(t, `1  last lines have no end`, printed)
	s.requireEachOnce(4000)

	code, printed = s.run(t.Context())
	assert.Zero(t, code, printed)
	assert.Regexp(t, ` 0  visits delivered`, printed)
	s.requireEachOnce(4000)
}

func TestRotationAndGrowthBetweenRunsDeliverNothingTwice(t *testing.T) {
	s := newSite(t, fakeapi.Settings{})
	first := s.more(700)
	s.put("access.log", first)
	code, printed := s.run(t.Context())
	require.Zero(t, code, printed)
	first += s.more(500) // written after the run, before the rotation
	s.put("access.log.1", first)
	s.put("access.log.1.gz", gzipped(t, first)) // while it is being compressed, both are there
	s.put("access.log", s.more(40))
	code, printed = s.run(t.Context())
	require.Zero(t, code, printed)
	s.requireEachOnce(1240)
}

func TestADryRunSendsAndRemembersNothing(t *testing.T) {
	s := newSite(t, fakeapi.Settings{})
	s.put("access.log", s.more(1500))
	code, printed := s.run(t.Context(), "-dry-run")
	assert.Zero(t, code, printed)
	assert.Regexp(t, `1,500  visits would be delivered`, printed)
	s.requireEachOnce(0)
	hidden, err := filepath.Glob(s.path(".replay*"))
	require.NoError(t, err)
	assert.Empty(t, hidden)
}

func TestWindowsDeliverTheirLinesAndLaterRunsTheRest(t *testing.T) {
	s := newSite(t, fakeapi.Settings{})
	s.put("access.log", s.more(4000))
	code, printed := s.run(t.Context(), "-since", "2026-05-05", "-until", "2026-05-06T00:00:00Z")
	assert.Zero(t, code, printed)
	assert.Regexp(t, `2,560  visits lie outside`, printed)
	s.requireEachOnce(24 * 60)
	code, printed = s.run(t.Context())
	assert.Zero(t, code, printed)
	s.requireEachOnce(4000)
}

func TestAW3CLogThatIsResumedKeepsItsColumns(t *testing.T) {
	s := newSite(t, fakeapi.Settings{})
	header := "#Software: Microsoft Internet Information Services 10.0\n#Fields: date time cs-method cs-uri-stem cs-uri-query c-ip cs(User-Agent) sc-status\n"
	line := "2026-05-04 10:00:00 GET /line/%d - 192.0.2.1 GPTBot/1.2 200\n"
	var text strings.Builder
	text.WriteString(header)
	for i := range 1500 {
		fmt.Fprintf(&text, line, i)
	}
	s.put("access.log", text.String())
	code, printed := s.run(t.Context())
	require.Zero(t, code, printed)
	for i := range 10 {
		fmt.Fprintf(&text, line, 1500+i)
	}
	s.put("access.log", text.String())
	code, printed = s.run(t.Context())
	assert.Zero(t, code, printed)
	s.requireEachOnce(1510)
	assert.NotContains(t, printed, "no visits")
}

func TestStandardInputIsDeliveredOnceToo(t *testing.T) {
	s := newSite(t, fakeapi.Settings{})
	text := s.more(700)
	args := []string{"-config", s.path("collector.yaml"), "-journal", s.path("journal"), "-"}
	half := text[:strings.LastIndexByte(text[:len(text)/2], '\n')]
	for _, input := range []string{half, text, gzipped(t, text)} {
		var out bytes.Buffer
		assert.Zero(t, run(t.Context(), args, strings.NewReader(input), &out, &out), out.String())
	}
	s.requireEachOnce(700)
}

func TestARateIsObeyedByOneLaneAndLosesNothing(t *testing.T) {
	s := newSite(t, fakeapi.Settings{})
	s.put("access.log", s.more(300))
	code, printed := s.run(t.Context(), "-rate", "100000")
	assert.Zero(t, code, printed)
	s.requireEachOnce(300)
}

func TestWhatIsWrongIsSaidBeforeAnythingIsSent(t *testing.T) {
	s := newSite(t, fakeapi.Settings{})
	s.put("access.log", s.more(3))
	for name, c := range map[string]struct {
		config  string
		options []string
		want    string
	}{
		"no exporter":     {"exporters: {debug: {}}", nil, "has no agent_visits exporter"},
		"two exporters":   {"exporters: {agent_visits/a: {}, agent_visits/b: {}}", nil, "agent_visits/a, agent_visits/b: choose one with -exporter"},
		"another name":    {"exporters: {agent_visits/a: {}}", []string{"-exporter", "c"}, "has no exporter c: it has agent_visits/a"},
		"no variable":     {"exporters: {agent_visits: {scrunch: {api_key: \"${env:NO_SUCH_KEY}\"}}}", nil, "NO_SUCH_KEY is not set"},
		"a wrong option":  {"exporters: {agent_visits: {known_agents: {access_token: x}, timeout: 0s}}", nil, "`timeout` is 0s"},
		"an extension":    {"exporters: {agent_visits: {auth: {authenticator: x}, known_agents: {access_token: x}}}", nil, "deliver has none"},
		"several sites":   {"exporters: {agent_visits: {known_agents: {sites: [{hosts: [a.example], access_token: x}]}}}", nil, "deliver delivers to one: for each, write a configuration with its token, or its id and key"},
		"other hosts":     {"exporters: {agent_visits: {scrunch: {sites_directory: /etc}}}", nil, "a host of another site, put that into `visits::hosts::exclude`. Give each site a -journal of its own"},
		"no authority":    {"exporters: {agent_visits: {tls: {ca_file: /does/not/exist}, known_agents: {access_token: x}}}", nil, "CA"},
		"middlewares":     {"exporters: {agent_visits: {middlewares: [{id: x}], known_agents: {access_token: x}}}", nil, "`middlewares::id`"},
		"a moment":        {"exporters: {agent_visits: {known_agents: {access_token: x}}}", []string{"-since", "soon"}, "is no time"},
		"a negative rate": {"exporters: {}", []string{"-rate", "-1"}, "-rate is below 0"},
		"no file":         {"exporters: {agent_visits: {known_agents: {access_token: x}}}", []string{"/does/not/exist"}, "no such file"},
	} {
		t.Run(name, func(t *testing.T) {
			s.put("collector.yaml", c.config)
			code, printed := s.run(t.Context(), c.options...)
			assert.Equal(t, exitUsage, code)
			assert.Contains(t, printed, c.want)
		})
	}
	s.requireEachOnce(0)
}

func TestVariablesOfOtherBlocksNeedNotBeSet(t *testing.T) {
	s := newSite(t, fakeapi.Settings{})
	s.put("access.log", s.more(3))
	s.put("others.yaml", "agent_visits: {known_agents: {access_token: x}}\n")
	s.put("beside.yaml", "debug: {verbosity: \"${env:NO_SUCH_WORD}\"}\nagent_visits: {known_agents: {access_token: x}}\n")
	t.Setenv("ALL_EXPORTERS", "{debug: {verbosity: \"${env:NO_SUCH_WORD}\"}, agent_visits: {known_agents: {access_token: x}}}")
	const others = "receivers: {otlp: {endpoint: \"${env:NO_SUCH_ADDRESS}\"}}\nexporters:\n"
	for name, exporters := range map[string]string{
		"beside another exporter": "  debug: {verbosity: \"${env:NO_SUCH_WORD}\"}\n  agent_visits: {known_agents: {access_token: x}}\n",
		"exporters of a file":     "  ${file:" + s.path("others.yaml") + "}\n",
		"and others in the file":  "  ${file:" + s.path("beside.yaml") + "}\n",
		"or in a variable":        "  ${env:ALL_EXPORTERS}\n",
	} {
		t.Run(name, func(t *testing.T) {
			s.put("collector.yaml", others+exporters)
			code, printed := s.run(t.Context(), "-dry-run")
			assert.Zero(t, code, printed)
			assert.Contains(t, printed, "3  visits would be delivered")
		})
	}
}
