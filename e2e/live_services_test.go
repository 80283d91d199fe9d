// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"crypto/rand"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/collector"
	"github.com/agentvisits/agentvisitsexporter/internal/dev/fakeapi"
)

// TestLiveServicesMakeOneVisitOfEachRequest runs five services, each a process with an SDK
// of its own and the SDK's defaults: Caddy as the edge, Express, and three in Go.
//
//	edge ─┬─► front (Express) ──► cart ──► stock
//	      └─► shop (Go) ────────► cart ──► stock
//
// Edge and cart make no spans of their calls; front and shop do.
func TestLiveServicesMakeOneVisitOfEachRequest(t *testing.T) {
	for name, configs := range map[string][]string{"with the defaults": nil, "behind a batch processor": {"batch_processor.yaml"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newServices(t, configs...)
			s.launchAll()
			want := map[string]string{} // the user agent, by path
			s.visitors(want)
			s.page(want)
			s.loadGenerator(want)
			require.NoError(t, s.waitFor(fakeapi.KnownAgents, len(want)))
			require.NoError(t, s.waitFor(fakeapi.Scrunch, len(want)))
			for _, service := range s.running {
				require.NoError(t, service.Stop(s.ctx))
			}
			s.stop()

			got := map[string]string{}
			for _, v := range s.api.KnownAgentsVisits() {
				_, again := got[v.RequestPath]
				assert.False(t, again, "%s is two visits", v.RequestPath)
				got[v.RequestPath] = v.RequestHeaders["user-agent"]
				s.checkFields(&v)
			}
			assert.Equal(t, want, got)
			assert.Len(t, s.api.ScrunchVisits(), len(want))
			t.Logf("%d requests, %d visits", len(want), len(got))
		})
	}
}

// checkFields checks what the edge alone knows of a visit.
func (s *services) checkFields(v *fakeapi.KnownAgentsVisit) {
	t := s.t
	assert.Equal(t, http.MethodGet, v.RequestMethod, v.RequestPath)
	assert.Equal(t, "127.0.0.1", v.RequestHeaders["host"], v.RequestPath)
	assert.Equal(t, "127.0.0.1", v.RequestHeaders["x-forwarded-for"], v.RequestPath)
	if assert.NotNil(t, v.ResponseStatusCode) {
		assert.Equal(t, http.StatusOK, *v.ResponseStatusCode, v.RequestPath)
	}
	if assert.NotNil(t, v.ResponseDurationInMilliseconds) && strings.Contains(v.RequestPath, "/stream/") {
		assert.GreaterOrEqual(t, *v.ResponseDurationInMilliseconds, 7900, v.RequestPath)
	}
}

// services are the processes of a website.
type services struct {
	*live
	binary  string // of the services in Go
	running []*collector.Process
}

func newServices(t *testing.T, configs ...string) *services {
	t.Helper()
	program(t, filepath.Join("..", "bin", "live", "caddy"))
	s := &services{live: newLive(t, configs...), binary: filepath.Join(t.TempDir(), "services")}
	build := exec.CommandContext(s.ctx, "go", "build", "-o", s.binary, "./live/services")
	out, err := build.CombinedOutput()
	require.NoError(t, err, string(out))
	s.start()
	return s
}

func (s *services) launchAll() {
	ports, err := collector.FreePorts(4)
	require.NoError(s.t, err)
	at := func(i int) string { return "127.0.0.1:" + strconv.Itoa(ports[i]) }
	s.goService("stock", at(3))
	s.goService("cart", at(2), "-bare", "-next", "http://"+at(3))
	s.goService("shop", at(1), "-next", "http://"+at(2))
	s.node("front", at(0), "front.js", strconv.Itoa(ports[0]), "http://"+at(2))

	config, err := os.ReadFile(s.write("services.caddyfile"))
	require.NoError(s.t, err)
	path := filepath.Join(s.dir, "Caddyfile")
	filled := strings.NewReplacer("@FRONT@", strconv.Itoa(ports[0]), "@SHOP@", strconv.Itoa(ports[1])).Replace(string(config))
	require.NoError(s.t, os.WriteFile(path, []byte(filled), 0o600))
	s.service("", "127.0.0.1:"+s.port, collector.Command{
		Path: program(s.t, filepath.Join("..", "bin", "live", "caddy")),
		Args: []string{"run", "--adapter", "caddyfile", "--config", path},
		Env:  []string{"HOME=" + s.dir, "XDG_CONFIG_HOME=" + s.dir, "XDG_DATA_HOME=" + s.dir},
	})
}

func (s *services) goService(name, address string, args ...string) {
	s.service(name, address, collector.Command{Path: s.binary, Args: append([]string{"-address", address}, args...)})
}

// node starts a program of live/express. It listens if an address is given.
func (s *services) node(name, address, script string, args ...string) *collector.Process {
	folder, err := filepath.Abs(filepath.Join("live", "express"))
	require.NoError(s.t, err)
	if _, err := os.Stat(filepath.Join(folder, "node_modules", "express")); err != nil {
		missing(s.t, "Express")
	}
	all := []string{filepath.Join(folder, script)}
	if address != "" {
		all = []string{"--require", filepath.Join(folder, "default.js"), all[0]}
	}
	return s.service(name, address, collector.Command{
		Path: program(s.t, "node"), Args: append(all, args...),
		Env: []string{"OTEL_NODE_RESOURCE_DETECTORS=env,host,process", "OTEL_METRICS_EXPORTER=none", "OTEL_LOGS_EXPORTER=none"},
	})
}

// service starts a process, and returns when it listens, if an address is given.
func (s *services) service(name, address string, c collector.Command) *collector.Process {
	c.Log = s.log
	c.Env = append(c.Env, "OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:"+s.env["E2E_HTTP_PORT"])
	if name != "" {
		c.Env = append(c.Env, "OTEL_SERVICE_NAME="+name)
	}
	process, err := collector.Launch(c)
	require.NoError(s.t, err)
	s.t.Cleanup(func() { assert.NoError(s.t, process.Kill()) })
	if address != "" {
		s.running = append(s.running, process)
		s.eventually(func() error {
			connection, err := (&net.Dialer{}).DialContext(s.ctx, "tcp", address)
			if err == nil {
				_ = connection.Close()
			}
			return err
		})
	}
	return process
}

// visitors send requests: some with a traceparent of their own.
func (s *services) visitors(want map[string]string) {
	for i := range 10 {
		for _, kind := range []string{"/go/plain/", "/go/fan/", "/node/plain/", "/node/fan/"} {
			s.visit(want, kind+strconv.Itoa(i), i%2 == 1)
		}
	}
	s.visit(want, "/go/stream/1", false)
	s.visit(want, "/go/later/1", false)
	s.visit(want, "/go/later/2", true)
}

func (s *services) visit(want map[string]string, path string, traced bool) {
	request, err := http.NewRequestWithContext(s.ctx, http.MethodGet, "http://127.0.0.1:"+s.port+path, http.NoBody)
	require.NoError(s.t, err)
	want[path] = "Visitor/" + strconv.Itoa(len(want))
	request.Header.Set("User-Agent", want[path])
	if traced {
		ids := make([]byte, 24)
		_, _ = rand.Read(ids)
		request.Header.Set("Traceparent", fmt.Sprintf("00-%x-%x-01", ids[:16], ids[16:]))
	}
	response, err := http.DefaultClient.Do(request)
	require.NoError(s.t, err)
	_, err = io.Copy(io.Discard, response.Body)
	require.NoError(s.t, err)
	require.NoError(s.t, response.Body.Close())
	require.Equal(s.t, http.StatusOK, response.StatusCode)
}

// page is one that fetches from the site; its instrumentation sends spans, too.
func (s *services) page(want map[string]string) {
	urls := []string{}
	for _, path := range s.paths(want, "page/1.0", "/node/page/", "/go/page/fan/") {
		urls = append(urls, "http://127.0.0.1:"+s.port+path)
	}
	require.NoError(s.t, s.node("page", "", "page.js", urls...).Wait(s.ctx))
}

// loadGenerator calls the site by spans of a client.
func (s *services) loadGenerator(want map[string]string) {
	args := append([]string{"-load", "http://127.0.0.1:" + s.port}, s.paths(want, "service/1.0", "/go/load/", "/node/load/fan/")...)
	require.NoError(s.t, s.service("load", "", collector.Command{Path: s.binary, Args: args}).Wait(s.ctx))
}

// paths are ten for each prefix, which one user agent asks for.
func (*services) paths(want map[string]string, agent string, prefixes ...string) []string {
	of := map[string]string{}
	for i := range 10 {
		for _, prefix := range prefixes {
			of[prefix+strconv.Itoa(i)] = agent
		}
	}
	maps.Copy(want, of)
	return slices.Sorted(maps.Keys(of))
}
