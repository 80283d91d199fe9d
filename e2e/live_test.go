// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"context"
	"net"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agentvisits/agentvisitsexporter/internal/address"
	"github.com/agentvisits/agentvisitsexporter/internal/dev/collector"
	"github.com/agentvisits/agentvisitsexporter/internal/dev/fakeapi"
)

// observation is what a source records of a request. An empty text means that the source does
// not record it.
type observation struct {
	path, query string
	scheme      string // https if it is unknown
	host        string // for the URL
	agent       string
	client      string
	// headers are the request headers except the user agent. If none of them names the
	// client's address, the visit must have it in x-forwarded-for.
	headers map[string]string
	// response are response headers.
	response map[string]string
	// skip is the reason for which neither destination gets a visit.
	skip string
}

// source is a real server and what it records.
type source struct {
	// observe changes an observation of everything that a source can record into that of
	// this source.
	observe func(r *liveRequest, o *observation)
	// precision is the precision of the source's times.
	precision time.Duration
	// noDuration is set if the source does not record durations.
	noDuration bool
	// domain is the option `scrunch::domain`.
	domain string
}

// program returns the path of a program. If the program is missing, the test is skipped,
// or fails if LIVE is set. `make live` sets LIVE after it has installed everything.
func program(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		path, err = exec.LookPath(filepath.Join("/usr/sbin", filepath.Base(name)))
	}
	if err == nil {
		path, err = filepath.Abs(path)
	}
	if err != nil {
		missing(t, filepath.Base(name))
	}
	require.NoError(t, err)
	return path
}

// missing skips the test, or fails it if LIVE is set.
func missing(t *testing.T, what string) {
	t.Helper()
	if os.Getenv("LIVE") != "" {
		t.Fatalf("%s is not installed: run e2e/live/install.sh", what)
	}
	t.Skipf("%s is not installed: `make live` installs it and runs this test", what)
}

// live is a run of a real server.
type live struct {
	*rig
	requests []*liveRequest
	port     string // where the server listens, on 127.0.0.1 and on ::1
	website  string // host:port of the website behind it
	logging  string // the server's log directive
}

func newLive(t *testing.T, configs ...string) *live {
	t.Helper()
	l := &live{rig: newRig(t, fakeapi.Settings{}, configs...), requests: liveRequests(t)}
	ports, err := collector.FreePorts(1)
	require.NoError(t, err)
	l.port = strconv.Itoa(ports[0])
	website := httptest.NewServer(newWebsite(l.requests))
	t.Cleanup(website.Close)
	l.website = website.Listener.Addr().String()
	return l
}

// write copies a file from the folder live into the test's folder, fills in the ports
// and paths of this run, and returns its path.
func (l *live) write(name string) string {
	l.t.Helper()
	text, err := os.ReadFile(filepath.Join("live", name))
	require.NoError(l.t, err)
	path := filepath.Join(l.dir, name)
	filled := strings.NewReplacer("@DIR@", l.dir, "@PORT@", l.port, "@WEBSITE@", l.website, "@WEBPORT@", l.website[strings.LastIndexByte(l.website, ':')+1:], "@LOGGING@", l.logging).Replace(string(text))
	require.NoError(l.t, os.WriteFile(path, []byte(filled), 0o600))
	return path
}

// launch runs the server until the test ends, and returns when the server listens.
func (l *live) launch(command collector.Command) *collector.Process {
	l.t.Helper()
	server, err := collector.Launch(command)
	require.NoError(l.t, err)
	l.t.Cleanup(func() { assert.NoError(l.t, server.Kill()) })
	ctx, cancel := context.WithTimeout(l.ctx, time.Minute)
	defer cancel()
	require.NoError(l.t, server.Await(ctx, l.listening))
	return server
}

// listening returns nil if the server accepts connections on both addresses.
func (l *live) listening(ctx context.Context) error {
	for _, host := range []string{"127.0.0.1", "::1"} {
		connection, err := (&net.Dialer{}).DialContext(ctx, "tcp", net.JoinHostPort(host, l.port))
		if err != nil {
			return err
		}
		_ = connection.Close()
	}
	return nil
}

// check sends all requests and compares every visit at both destinations, and every
// skip, with what the source records. stop ends the server, so that it writes the rest
// of its telemetry.
func (l *live) check(from source, stop func()) {
	l.t.Helper()
	for _, r := range l.requests {
		r.send(l.t, l.port)
	}
	stop()
	knownAgents, scrunch := map[string]fakeapi.KnownAgentsVisit{}, map[string]fakeapi.ScrunchVisit{}
	byPath := map[string]*liveRequest{}
	skipped := map[string]skips{"known_agents": {}, "scrunch": {}}
	for _, r := range l.requests {
		o := l.observe(r, from)
		key := r.Method + " " + o.path
		byPath[key] = r
		if o.skip != "" {
			skipped["known_agents"][o.skip]++
			skipped["scrunch"][o.skip]++
			continue
		}
		knownAgents[key] = o.knownAgents(r)
		if o.agent == "" {
			skipped["scrunch"]["no_user_agent"]++
			continue
		}
		if from.domain != "" && o.host == "shop.example.com" { // Scrunch's site is of one domain
			skipped["scrunch"]["other_site"]++
			continue
		}
		scrunch[key] = o.scrunch(r, from.domain)
	}
	for destination, reasons := range skipped {
		for reason, n := range reasons {
			l.waitCounter(skippedMetric, labels{"destination": destination, "reason": reason}, n)
		}
	}
	assert.NoError(l.t, l.waitFor(fakeapi.KnownAgents, len(knownAgents)))
	assert.NoError(l.t, l.waitFor(fakeapi.Scrunch, len(scrunch)))
	l.stop()
	l.compare(from, byPath, knownAgents, scrunch)
}

func (l *live) waitFor(destination fakeapi.Destination, n int) error {
	ctx, cancel := context.WithTimeout(l.ctx, settleLimit)
	defer cancel()
	return l.api.WaitVisits(ctx, destination, n)
}

// observe returns what the source records of a request.
func (l *live) observe(r *liveRequest, from source) observation {
	o := observation{
		scheme: "https", path: r.path(), query: r.query(), client: r.peer(), agent: r.header("User-Agent"),
		headers: map[string]string{"referer": r.referer()}, skip: r.Skip,
	}
	if o.agent == "-" {
		o.agent = "" // the mark of absence
	}
	if from.observe != nil {
		from.observe(r, &o)
	}
	return o
}

// knownAgents is the visit that Known Agents must receive, without its times.
func (o observation) knownAgents(r *liveRequest) fakeapi.KnownAgentsVisit {
	v := fakeapi.KnownAgentsVisit{
		RequestPath: o.path, RequestMethod: r.Method, RequestHeaders: map[string]string{},
		ResponseStatusCode: &r.Status,
	}
	if o.query != "" {
		v.RequestPath += "?" + o.query
	}
	if o.agent != "" {
		v.RequestHeaders["user-agent"] = o.agent
	}
	if o.host != "" {
		v.RequestHeaders["host"] = o.host
	}
	named := false
	for name, value := range o.headers {
		tells := name == "x-forwarded-for" || name == "x-real-ip" || name == "cf-connecting-ip" || name == "forwarded"
		if value == "" || tells && o.client != "" && !address.IsBest(value, o.client, false) {
			continue
		}
		v.RequestHeaders[name] = value
		named = named || tells
	}
	if o.client != "" && !named {
		v.RequestHeaders["x-forwarded-for"] = o.client
	}
	if len(o.response) > 0 {
		v.ResponseHeaders = o.response
	}
	return v
}

// scrunch is the visit that Scrunch must receive, without its times.
func (o observation) scrunch(r *liveRequest, domain string) fakeapi.ScrunchVisit {
	host := o.host
	if host == "" {
		host = domain
	}
	site := domain
	if site == "" {
		site, _, _ = strings.Cut(host, ":")
	}
	v := fakeapi.ScrunchVisit{
		Domain: site, UserAgent: o.agent, Path: o.path, Method: r.Method, StatusCode: r.Status, IP: o.client,
		URL: o.scheme + "://" + host + o.path,
	}
	if o.query != "" {
		v.URL += "?" + o.query
	}
	return v
}

// compare requires that all visits have the wanted fields, and times within what the
// client measured.
func (l *live) compare(from source, byPath map[string]*liveRequest, knownAgents map[string]fakeapi.KnownAgentsVisit, scrunch map[string]fakeapi.ScrunchVisit) {
	l.t.Helper()
	gotKnownAgents := l.api.KnownAgentsVisits()
	keyOfKnownAgents := func(v fakeapi.KnownAgentsVisit) string {
		path, _, _ := strings.Cut(v.RequestPath, "?")
		return v.RequestMethod + " " + path
	}
	for i := range gotKnownAgents {
		v := &gotKnownAgents[i]
		l.checkTimes(from, byPath[keyOfKnownAgents(*v)], v.Time(), v.ResponseDurationInMilliseconds)
		v.Created, v.ResponseDurationInMilliseconds = "", nil
	}
	requireSame(l.t, "known_agents", knownAgents, gotKnownAgents, keyOfKnownAgents)

	gotScrunch := l.api.ScrunchVisits()
	keyOfScrunch := func(v fakeapi.ScrunchVisit) string { return v.Method + " " + v.Path }
	for i := range gotScrunch {
		v := &gotScrunch[i]
		l.checkTimes(from, byPath[keyOfScrunch(*v)], v.Time(), v.ResponseTime)
		v.Timestamp, v.ResponseTime = "", nil
	}
	requireSame(l.t, "scrunch", scrunch, gotScrunch, keyOfScrunch)

	for _, destination := range []fakeapi.Destination{fakeapi.KnownAgents, fakeapi.Scrunch} {
		for _, v := range l.api.Visits(destination) {
			assert.NotContains(l.t, string(v.Raw), credentialMark)
		}
	}
	l.t.Logf("%d requests: %d visits at Known Agents, %d at Scrunch", len(l.requests), len(gotKnownAgents), len(gotScrunch))
}
