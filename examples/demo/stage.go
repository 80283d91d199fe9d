// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"github.com/agentvisits/agentvisitsexporter/internal/collector"
)

//go:embed collector.yaml
var collectorConfig string

const (
	// startLimit is how long each program may take to be ready. A Collector
	// needs about a second, unless the machine is busy.
	startLimit = 60 * time.Second
	// stopLimit is how long each may take to end.
	stopLimit = 15 * time.Second
)

// settings are the programs to run.
type settings struct {
	collector, preview string // paths
}

// stage is everything that runs during the demo. It is set by set, and cleared
// by clear, in reverse order.
type stage struct {
	settings settings
	out      *lineWriter
	arrivals *gate // the preview's output

	folder     string // temporary
	ports      map[string]int
	previewURL string
	addresses  map[site]string
	served     atomic.Int64 // requests that the sites answered

	preview, collector *collector.Process
	clearing           []func(context.Context) error
	sitesFrom          int // where in clearing the sites begin
}

func newStage(set settings, out io.Writer) *stage {
	lines := &lineWriter{out: out}
	return &stage{settings: set, out: lines, arrivals: &gate{out: lines}, addresses: map[site]string{}}
}

// set starts everything and tells so.
func (s *stage) set(ctx context.Context) error {
	for _, step := range []func(context.Context) error{
		s.makeFolder, s.findPorts, s.startPreview, s.startCollector, s.openWWW, s.openBlog,
	} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

// onClear has clear do something, before everything that was named earlier.
func (s *stage) onClear(do func(context.Context) error) {
	s.clearing = append(s.clearing, do)
}

// clear ends everything that was started, each within a limit, or at once when
// ctx is done. Nothing is left behind, whatever it returns.
func (s *stage) clear(ctx context.Context) error { return s.clearTo(ctx, 0) }

// clearTo ends all but the first kept things.
func (s *stage) clearTo(ctx context.Context, kept int) error {
	var failed []error
	for len(s.clearing) > kept {
		last := len(s.clearing) - 1
		limited, cancel := context.WithTimeout(ctx, stopLimit)
		failed = append(failed, s.clearing[last](limited))
		cancel()
		s.clearing = s.clearing[:last]
	}
	return errors.Join(failed...)
}

func (s *stage) makeFolder(context.Context) (err error) {
	s.folder, err = os.MkdirTemp("", "agent-visits-demo-")
	if err != nil {
		return err
	}
	s.onClear(func(context.Context) error { return os.RemoveAll(s.folder) })
	return nil
}

func (s *stage) findPorts(context.Context) error {
	names := []string{"otlp grpc", "otlp http", "health", "metrics"}
	found, err := collector.FreePorts(len(names))
	if err != nil {
		return err
	}
	s.ports = map[string]int{}
	for i, name := range names {
		s.ports[name] = found[i]
	}
	return nil
}

// address is where the Collector listens for the purpose.
func (s *stage) address(purpose string) string {
	return fmt.Sprintf("127.0.0.1:%d", s.ports[purpose])
}

func (s *stage) startPreview(ctx context.Context) (err error) {
	ctx, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	addressFile := filepath.Join(s.folder, "preview.address")
	s.preview, err = collector.Launch(collector.Command{
		Path: s.settings.preview,
		Args: []string{"-listen", "127.0.0.1:0", "-addr-file", addressFile},
		Log:  s.arrivals,
	})
	if err != nil {
		return err
	}
	s.onClear(s.preview.Stop)
	err = s.preview.Await(ctx, func(context.Context) error {
		content, err := os.ReadFile(addressFile)
		s.previewURL = strings.TrimSpace(string(content))
		return err
	})
	if err != nil {
		return err
	}
	_, _ = fmt.Fprintf(s.out, " 1  A stand-in for both APIs runs. Open its page to watch visits arrive:\n      %s/\n", s.previewURL)
	return nil
}

func (s *stage) startCollector(ctx context.Context) (err error) {
	ctx, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	config := filepath.Join(s.folder, "collector.yaml")
	if err := os.WriteFile(config, []byte(collectorConfig), 0o600); err != nil {
		return err
	}
	// The log is there before it is read, so that the Collector need not look for it.
	if err := os.WriteFile(s.accessLogPath(), nil, 0o600); err != nil {
		return err
	}
	s.collector, err = collector.Start(ctx, collector.Settings{
		Binary:    s.settings.collector,
		Configs:   []string{config},
		Env:       s.collectorEnv(),
		Log:       &prefixWriter{out: s.out, prefix: "    collector: "},
		HealthURL: "http://" + s.address("health"),
	})
	if err != nil {
		return err
	}
	s.onClear(s.collector.Stop)
	s.sitesFrom = len(s.clearing)
	_, _ = fmt.Fprintf(s.out, " 2  A Collector with the exporter agent_visits runs. It takes telemetry (OTLP) at\n      http://%s (HTTP) and %s (gRPC)\n",
		s.address("otlp http"), s.address("otlp grpc"))
	return nil
}

func (s *stage) accessLogPath() string { return filepath.Join(s.folder, "access.log") }

// collectorEnv holds what collector.yaml asks for. The stand-in takes any keys
// of the right form; these are made up.
func (s *stage) collectorEnv() []string {
	return []string{
		"DEMO_OTLP_GRPC_ADDRESS=" + s.address("otlp grpc"),
		"DEMO_OTLP_HTTP_ADDRESS=" + s.address("otlp http"),
		"DEMO_HEALTH_ADDRESS=" + s.address("health"),
		fmt.Sprintf("DEMO_METRICS_PORT=%d", s.ports["metrics"]),
		"DEMO_ACCESS_LOG=" + s.accessLogPath(),
		"DEMO_API_ENDPOINT=" + s.previewURL,
		"DEMO_KNOWN_AGENTS_ACCESS_TOKEN=demo-token",
		"DEMO_SCRUNCH_API_KEY=demo-key",
		"DEMO_SCRUNCH_WWW_SITE_ID=01HZX3VQ6Z0000000000000WWW",
		"DEMO_SCRUNCH_BLOG_SITE_ID=01HZX3VQ6Z000000000000B10G",
	}
}

// openWWW opens the site that reports spans.
func (s *stage) openWWW(ctx context.Context) error {
	provider, err := newTracerProvider(ctx, s.address("otlp http"))
	if err != nil {
		return err
	}
	s.onClear(provider.Shutdown) // sends the spans that wait
	if err := s.serve(www, instrumented(wwwSite(), provider)); err != nil {
		return err
	}
	_, _ = fmt.Fprintf(s.out, " 3  Two websites are open.\n      %s at http://%s sends a span for each request (otelhttp).\n", www, s.addresses[www])
	return nil
}

// openBlog opens the site that writes an access log.
func (s *stage) openBlog(context.Context) error {
	file, err := os.OpenFile(s.accessLogPath(), os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		return err
	}
	s.onClear(func(context.Context) error { return file.Close() })
	log := &accessLog{out: file, now: time.Now}
	if err := s.serve(blog, log.logged(blogSite())); err != nil {
		return err
	}
	_, _ = fmt.Fprintf(s.out, "      %s at http://%s knows no OpenTelemetry: it writes an access log\n      in the format of Apache and nginx, which has no durations (\"- ms\" below).\n", blog, s.addresses[blog])
	return nil
}

// serve opens a site on a free port of this machine.
func (s *stage) serve(name site, handler http.Handler) error {
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return err
	}
	counted := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.served.Add(1)
		handler.ServeHTTP(w, r)
	})
	server := &http.Server{Handler: counted, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = server.Serve(listener) }() // returns when the site is closed
	s.addresses[name] = listener.Addr().String()
	s.onClear(func(ctx context.Context) error {
		if err := server.Shutdown(ctx); err != nil {
			return server.Close()
		}
		return nil
	})
	return nil
}
