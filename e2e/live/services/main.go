// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

// Command services is a service of the tests with several services. It has an SDK of its
// own, with the SDK's defaults, and serves on an address that it is given:
//
//	/…/fan/…     calls each of the next services three times
//	/…/stream/…  answers for eight seconds
//	/…/later/…   answers, and calls the next services two seconds later, by client spans
//	/…           calls nobody
//
// With -load it is a load generator instead, whose requests are spans: it sends the
// requests to the paths that it is given, and ends.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"sync"
	"syscall"
	"time"

	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/propagation"
	sdk "go.opentelemetry.io/otel/sdk/trace"
)

func main() {
	address := flag.String("address", "", "where to listen")
	next := flag.String("next", "", "the next services, separated by commas")
	bare := flag.Bool("bare", false, "call without client spans")
	load := flag.String("load", "", "send requests to this URL instead, one for each argument")
	flag.Parse()
	if err := run(*address, strings.FieldsFunc(*next, func(r rune) bool { return r == ',' }), *bare, *load); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(address string, next []string, bare bool, load string) error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	exporter, err := otlptracehttp.New(ctx)
	if err != nil {
		return err
	}
	provider := sdk.NewTracerProvider(sdk.WithBatcher(exporter))
	otel.SetTracerProvider(provider)
	otel.SetTextMapPropagator(propagation.TraceContext{})
	s := service{next: next, isBare: bare, client: &http.Client{Transport: propagating{}}}
	if !bare {
		s.client.Transport = otelhttp.NewTransport(nil)
	}
	if load != "" {
		err = s.load(ctx, load, flag.Args())
	} else {
		err = s.serve(ctx, address)
	}
	s.later.Wait()
	return errors.Join(err, provider.Shutdown(context.WithoutCancel(ctx)))
}

// propagating passes the trace on and makes no span.
type propagating struct{}

func (propagating) RoundTrip(r *http.Request) (*http.Response, error) {
	ctx := r.Context()
	r = r.Clone(ctx)
	otel.GetTextMapPropagator().Inject(ctx, propagation.HeaderCarrier(r.Header))
	return http.DefaultTransport.RoundTrip(r)
}

type service struct {
	next   []string
	isBare bool // it makes no spans of its calls
	client *http.Client
	later  sync.WaitGroup
}

func (s *service) serve(ctx context.Context, address string) error {
	server := &http.Server{Addr: address, Handler: otelhttp.NewHandler(s, "service"), ReadHeaderTimeout: time.Minute}
	ended := make(chan error, 1)
	go func() { ended <- server.ListenAndServe() }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
		return server.Shutdown(context.WithoutCancel(ctx))
	}
}

func (s *service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/html")
	switch path := r.URL.Path; {
	case strings.Contains(path, "/fan/"):
		for range 3 {
			s.callAll(r.Context(), path)
		}
	case strings.Contains(path, "/stream/"):
		for range 8 {
			_, _ = io.WriteString(w, "more\n")
			_ = http.NewResponseController(w).Flush()
			pause(r.Context(), time.Second)
		}
	case strings.Contains(path, "/later/") && !s.isBare:
		ctx := context.WithoutCancel(r.Context())
		s.later.Go(func() {
			pause(ctx, 2*time.Second)
			s.callAll(ctx, path)
		})
	}
	_, _ = io.WriteString(w, "done\n")
}

func (s *service) callAll(ctx context.Context, path string) {
	for _, url := range s.next {
		if err := s.get(ctx, url+path); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
	}
}

func (s *service) get(ctx context.Context, url string) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody) //nolint:gosec // a service of the test
	if err != nil {
		return err
	}
	r.Header.Set("User-Agent", "service/1.0")
	response, err := s.client.Do(r) //nolint:gosec // as above
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	_, err = io.Copy(io.Discard, response.Body)
	return err
}

// load sends a request for each path.
func (s *service) load(ctx context.Context, url string, paths []string) error {
	for _, path := range paths {
		if err := s.get(ctx, url+path); err != nil {
			return err
		}
	}
	return nil
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}
