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

	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/collector"
)

//go:embed collector.yaml
var collectorConfig string

const (
	// startLimit is how long each program may take to be ready. On an idle machine a
	// Collector needs about a second.
	startLimit = 60 * time.Second
	// stopLimit is how long each program may take to stop.
	stopLimit = 15 * time.Second
)

// programs are the programs to run.
type programs struct {
	collector, preview string // paths
}

// stage is everything that runs during the demo: start starts it, and stop stops it in
// reverse order.
type stage struct {
	programs      programs
	out           *syncWriter
	previewOutput *mutedWriter // prints the visits

	folder     string // temporary
	ports      map[string]int
	previewURL string
	addresses  map[site]string
	served     atomic.Int64 // requests that the sites answered

	preview, collector *collector.Process
	stops              []func(context.Context) error // in the order of starting
	firstSite          int                           // index in stops
}

func newStage(p programs, out io.Writer) *stage {
	w := &syncWriter{out: out}
	return &stage{programs: p, out: w, previewOutput: &mutedWriter{out: w}, addresses: map[site]string{}}
}

// start starts everything and prints what it has started.
func (s *stage) start(ctx context.Context) error {
	for _, step := range []func(context.Context) error{
		s.makeFolder, s.findPorts, s.startPreview, s.startCollector, s.openWWW, s.openBlog,
	} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

// onStop adds a function that stop calls, before those that were added earlier.
func (s *stage) onStop(do func(context.Context) error) {
	s.stops = append(s.stops, do)
}

// stop stops everything that was started, each within a limit, or at once if ctx is
// done. Nothing is left behind, even if stop returns an error.
func (s *stage) stop(ctx context.Context) error { return s.stopDownTo(ctx, 0) }

// stopDownTo stops everything except the first kept things.
func (s *stage) stopDownTo(ctx context.Context, kept int) error {
	var errs []error
	for len(s.stops) > kept {
		last := len(s.stops) - 1
		limited, cancel := context.WithTimeout(ctx, stopLimit)
		errs = append(errs, s.stops[last](limited))
		cancel()
		s.stops = s.stops[:last]
	}
	return errors.Join(errs...)
}

func (s *stage) makeFolder(context.Context) (err error) {
	s.folder, err = os.MkdirTemp("", "agent-visits-demo-")
	if err != nil {
		return err
	}
	s.onStop(func(context.Context) error { return os.RemoveAll(s.folder) })
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

// address is where the Collector listens for a purpose, one of the names in findPorts.
func (s *stage) address(purpose string) string {
	return fmt.Sprintf("127.0.0.1:%d", s.ports[purpose])
}

func (s *stage) startPreview(ctx context.Context) (err error) {
	ctx, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	addressFile := filepath.Join(s.folder, "preview.address")
	s.preview, err = collector.Launch(collector.Command{
		Path: s.programs.preview,
		Args: []string{"-listen", "127.0.0.1:0", "-addr-file", addressFile},
		Log:  s.previewOutput,
	})
	if err != nil {
		return err
	}
	s.onStop(s.preview.Stop)
	err = s.preview.Await(ctx, func(context.Context) error {
		content, err := os.ReadFile(addressFile)
		s.previewURL = strings.TrimSpace(string(content))
		return err
	})
	if err != nil {
		return err
	}
	_, _ = fmt.Fprintf(s.out, " 1  A stand-in for both APIs is running. Open its page to watch visits arrive:\n      %s/\n", s.previewURL)
	return nil
}

func (s *stage) startCollector(ctx context.Context) (err error) {
	ctx, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	config := filepath.Join(s.folder, "collector.yaml")
	if err := os.WriteFile(config, []byte(collectorConfig), 0o600); err != nil {
		return err
	}
	// The log exists before the Collector starts, so that the Collector need not wait
	// for its next search for files.
	if err := os.WriteFile(s.accessLogPath(), nil, 0o600); err != nil {
		return err
	}
	s.collector, err = collector.Start(ctx, collector.Settings{
		Binary:    s.programs.collector,
		Configs:   []string{config},
		Env:       s.collectorEnv(),
		Log:       &prefixWriter{out: s.out, prefix: "    collector: "},
		HealthURL: "http://" + s.address("health"),
	})
	if err != nil {
		return err
	}
	s.onStop(s.collector.Stop)
	s.firstSite = len(s.stops)
	_, _ = fmt.Fprintf(s.out, " 2  A Collector with the exporter agent_visits is running. It takes telemetry (OTLP) at\n      http://%s (HTTP) and %s (gRPC)\n",
		s.address("otlp http"), s.address("otlp grpc"))
	return nil
}

func (s *stage) accessLogPath() string { return filepath.Join(s.folder, "access.log") }

// collectorEnv returns the environment variables of collector.yaml. The keys are made
// up, because the stand-in accepts every well-formed key.
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

// openWWW opens the site that sends spans.
func (s *stage) openWWW(ctx context.Context) error {
	var providers [2]*sdktrace.TracerProvider
	for i, service := range []string{"stock", "www"} {
		provider, err := newTracerProvider(ctx, s.address("otlp http"), service)
		if err != nil {
			return err
		}
		s.onStop(provider.Shutdown) // sends the remaining spans
		providers[i] = provider
	}
	behind, err := s.listen(stockService(providers[0]))
	if err != nil {
		return err
	}
	if err := s.serve(www, instrumented(wwwSite(newStock(behind, providers[1])), providers[1])); err != nil {
		return err
	}
	_, _ = fmt.Fprintf(s.out, " 3  Two websites are open.\n      %s at http://%s sends a span for each request (otelhttp).\n"+
		"      For a product it asks a second service, which sends a span, too.\n", www, s.addresses[www])
	return nil
}

// openBlog opens the site that writes an access log.
func (s *stage) openBlog(context.Context) error {
	file, err := os.OpenFile(s.accessLogPath(), os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		return err
	}
	s.onStop(func(context.Context) error { return file.Close() })
	log := &accessLog{out: file, now: time.Now}
	if err := s.serve(blog, log.wrap(blogSite())); err != nil {
		return err
	}
	_, _ = fmt.Fprintf(s.out, "      %s at http://%s does not use OpenTelemetry. It writes an access log\n      in the format of Apache and nginx, which has no durations (\"- ms\" below).\n", blog, s.addresses[blog])
	return nil
}

// serve opens a site on a free port.
func (s *stage) serve(name site, handler http.Handler) (err error) {
	s.addresses[name], err = s.listen(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.served.Add(1)
		handler.ServeHTTP(w, r)
	}))
	return err
}

// listen serves on a free port of this machine, until the demo stops.
func (s *stage) listen(handler http.Handler) (address string, err error) {
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = server.Serve(listener) }() // returns after Shutdown
	s.onStop(func(ctx context.Context) error {
		if err := server.Shutdown(ctx); err != nil {
			return server.Close()
		}
		return nil
	})
	return listener.Addr().String(), nil
}
